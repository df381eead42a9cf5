// Locks the folder that it is told, says so, and holds the lock for as long as its standard input is open.
import { lockRunDirectory } from '../../../dist/coordinator/run/run-lock.js';

await lockRunDirectory(process.argv[2]);
process.stdout.write(`locked by ${process.pid}\n`);
if (process.argv[3] === 'hold') process.stdin.resume();
