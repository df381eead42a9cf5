/**
 * Where the child processes of a sweep begin: the command line, whose run saves and ends when the sweep is gone, however that
 * ended. Without it, what is left of a killed sweep would train on, and be in the way when the sweep is resumed.
 */
const endWithTheSweep = () => process.kill(process.pid, 'SIGTERM');
process.on('disconnect', endWithTheSweep);
// It may be gone already. And to listen must not keep the process alive.
if (!process.connected) endWithTheSweep();
process.channel?.unref();

await import('../cli.ts');
