/**
 * What the α-β model wants to know of the way between two ranks: to be started by `mpirun -n 2`, prints a JSON object of medians. The
 * calls are those of a training, so that their own cost is in the latency; the long gather is that of a gradient from each rank.
 */
import { startMpi } from '../src/coordinator/collective/thread/mpi.ts';
import { detectLauncher } from '../src/shared/launcher.ts';
import { reportFailures } from './report-failures.ts';

const repetitions = 300;
const shortBytes = 64;
const longBytes = 246_848;

reportFailures();
const mpi = await startMpi({ launcher: detectLauncher(process.env) });
const bytes = new Uint8Array(new SharedArrayBuffer(mpi.size * longBytes));

const latencySeconds = medianSeconds(() => mpi.allgatherInPlace(bytes, shortBytes));
const longSeconds = medianSeconds(() => mpi.allgatherInPlace(bytes, longBytes));
const barrierSeconds = medianSeconds(() => mpi.barrier());
const bytesPerSecond = (longBytes - shortBytes) / Math.max(longSeconds - latencySeconds, 1e-9);
const figures = { library: mpi.library, latencySeconds, bytesPerSecond, longSeconds, barrierSeconds };
if (mpi.rank === 0) console.log(JSON.stringify(figures));
mpi.barrier();
mpi.finalize();

function medianSeconds(exchange: () => void): number {
  const seconds = Array.from({ length: repetitions }, () => {
    mpi.barrier();
    const began = performance.now();
    exchange();
    return (performance.now() - began) / 1000;
  });
  return seconds.toSorted((a, b) => a - b)[repetitions >> 1] as number;
}
