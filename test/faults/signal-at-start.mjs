// Preloaded: raises FAULT_SIGNAL as soon as the command listens to it, which is before it has read any data. Of several ranks in that
// which FAULT_RANK names, if it does.
const {
  OMPI_COMM_WORLD_RANK: openMpiRank,
  PMI_RANK: rank = openMpiRank,
  FAULT_RANK: faultyRank = rank,
} = process.env;
const name = rank === faultyRank ? process.env.FAULT_SIGNAL : undefined;
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
