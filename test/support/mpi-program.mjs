/**
 * One rank of a small MPI program, by the built code: `node mpi-program.mjs SCENARIO [LIBRARY]`, under a launcher. It calls MPI on a
 * thread, and prints one line of JSON.
 */
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { loadImmediateExit } from '../../dist/coordinator/collective/immediate-exit.js';
import { startMpi } from '../../dist/coordinator/collective/thread/mpi.js';
import { detectLauncher } from '../../dist/shared/launcher.js';

/** Unequal parts, one of them empty, in whichever order their ranks come. */
const counts = Int32Array.of(300_000, 0, 7, 61_706);

const scenarios = {
  gather(mpi) {
    // As the memory of a training: shared, and the parts not at its beginning.
    const { buffer } = new WebAssembly.Memory({ initial: 32, maximum: 32, shared: true });
    const equal = new Uint8Array(buffer, 4096, 5 * mpi.size);
    equal.fill(mpi.rank + 1, 5 * mpi.rank, 5 * (mpi.rank + 1));
    mpi.allgatherInPlace(equal, 5);

    const lengths = counts.subarray(0, mpi.size);
    const places = lengths.map((_, rank) =>
      lengths.subarray(0, rank).reduce((sum, length) => sum + length + 64, 0),
    );
    const unequal = new Uint8Array(buffer, 65_536, 400_000);
    unequal.fill(mpi.rank + 1, places[mpi.rank], places[mpi.rank] + lengths[mpi.rank]);
    mpi.allgathervInPlace(unequal, lengths, places);

    const told = new Uint8Array(buffer, 1_000_000, 3).fill(mpi.rank + 10);
    mpi.broadcast(told);
    mpi.barrier();
    mpi.finalize();
    return {
      rank: mpi.rank,
      size: mpi.size,
      library: mpi.library,
      equal: [...equal],
      parts: Array.from(places, (place, rank) => different(unequal, place, lengths[rank])),
      between: Array.from(places, (place, rank) => different(unequal, place + lengths[rank], 64)),
      told: [...told],
    };
  },
  /** What MPI itself finds wrong. */
  error: (mpi) => attemptAndFinalize(mpi, () => mpi.allgatherInPlace(new Uint8Array(8), -5)),
  behind: (mpi) =>
    attemptAndFinalize(mpi, () => mpi.allgathervInPlace(new Uint8Array(8), parts(mpi, 5), parts(mpi, 5))),
  negative: (mpi) =>
    attemptAndFinalize(mpi, () => mpi.allgathervInPlace(new Uint8Array(8), parts(mpi, -5), parts(mpi, 0))),
  /** Rank 0 waits for the others in vain, and then ends the job. */
  late(mpi) {
    if (mpi.rank !== 0) wait();
    const answer = attempt(() => mpi.barrier());
    // Once the line is written.
    setTimeout(() => mpi.abort(answer.exitCode), 300);
    return answer;
  },
};

function different(bytes, start, length) {
  return [...new Set(bytes.subarray(start, start + length))];
}

function parts(mpi, value) {
  return new Int32Array(mpi.size).fill(value);
}

function attempt(call) {
  try {
    call();
    return { error: 'none' };
  } catch (error) {
    const { message, name, exitCode } = error;
    return { error: message, name, exitCode };
  }
}

function attemptAndFinalize(mpi, call) {
  const answer = attempt(call);
  mpi.finalize();
  return answer;
}

function wait() {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

const [scenario, library] = process.argv.slice(2);
const launcher = detectLauncher(process.env);
if (isMainThread) {
  const thread = new Worker(new URL(import.meta.url), { argv: process.argv.slice(2) });
  const exitNow = await loadImmediateExit();
  thread.on('message', (message) => {
    process.stdout.write(`${JSON.stringify(message)}\n`);
  });
  // Its start waits in native code for the ranks that do not start.
  if (scenario === 'absent' && launcher.rank === 0) setTimeout(() => exitNow(138), 700);
} else if (scenario === 'absent' && launcher.rank !== 0) {
  wait();
} else {
  try {
    const mpi = await startMpi({ launcher, library, timeoutSeconds: scenario === 'late' ? 0.5 : undefined });
    parentPort.postMessage(scenarios[scenario](mpi));
  } catch (error) {
    parentPort.postMessage({ error: error.message, name: error.name, nextStep: error.nextStep });
  }
}
