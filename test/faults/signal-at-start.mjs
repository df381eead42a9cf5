// Preloaded: raises FAULT_SIGNAL as soon as the command listens to it, which is before it has read any data.
const name = process.env.FAULT_SIGNAL;
const times = Number(process.env.FAULT_SIGNAL_TIMES);
process.once('newListener', function raise(event) {
  if (event !== name) {
    process.once('newListener', raise);
    return;
  }
  setImmediate(() => {
    for (let time = 0; time < times; time++) setTimeout(() => process.kill(process.pid, name), 20 * time);
  });
});
