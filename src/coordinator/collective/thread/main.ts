/** Entry of the thread that calls MPI: the only one of the process that does. */
import { type MessagePort, workerData } from 'node:worker_threads';
import * as Comlink from 'comlink';
import type { CallOutcome, CollectiveControl } from '../../../shared/collective-protocol.ts';
import { ConfigError, LockstepError } from '../../../shared/errors.ts';
import { broadcastBytes, gatherBytes } from './byte-collectives.ts';
import { runExchanges } from './exchange-loop.ts';
import { type Mpi, startMpi } from './mpi.ts';
import { WatchedMpi } from './watched-mpi.ts';

let mpi: Mpi | undefined;
let release = new AbortController();

const control: CollectiveControl = {
  start: ({ launcher, library, timeoutSeconds, blockedSince }) =>
    outcome(async () => {
      mpi = await WatchedMpi.start(() => startMpi({ launcher, library, timeoutSeconds }), blockedSince);
      const { rank, size } = mpi;
      return { rank, size, library: mpi.library };
    }),
  gather: (bytes) => outcome(() => gatherBytes(started(), bytes)),
  broadcast: (bytes) => outcome(() => broadcastBytes(started(), bytes)),
  barrier: () => outcome(() => started().barrier()),
  serve: (session) =>
    outcome(() => {
      release = new AbortController();
      return runExchanges(started(), session, release.signal);
    }),
  release: () => release.abort(),
  finish: () => outcome(() => started().finalize()),
  abort: (exitCode) => started().abort(exitCode),
};

Comlink.expose(control, workerData as MessagePort as unknown as Comlink.Endpoint);

function started(): Mpi {
  if (mpi === undefined) throw new Error('MPI is not started');
  return mpi;
}

async function outcome<T>(call: () => T | Promise<T>): Promise<CallOutcome<T>> {
  try {
    return { value: await call() };
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    const { message, nextStep, exitCode } = error;
    return { problems: error instanceof ConfigError ? error.problems : [message], nextStep, exitCode };
  }
}
