/** Entry of the thread that calls MPI: the only one of the process that does. */
import { type MessagePort, workerData } from 'node:worker_threads';
import * as Comlink from 'comlink';
import type { CollectiveControl } from '../../../shared/collective-protocol.ts';
import { broadcastBytes, gatherBytes } from './byte-collectives.ts';
import { runExchanges } from './exchange-loop.ts';
import { type Mpi, startMpi } from './mpi.ts';
import { WatchedMpi } from './watched-mpi.ts';

let mpi: Mpi | undefined;
let release = new AbortController();

const control: CollectiveControl = {
  async start({ launcher, library, blockedSince }) {
    mpi = await WatchedMpi.start(() => startMpi({ launcher, library }), blockedSince);
    const { rank, size } = mpi;
    return { rank, size, library: mpi.library };
  },
  gather: (bytes) => gatherBytes(started(), bytes),
  broadcast: (bytes) => broadcastBytes(started(), bytes),
  barrier: () => started().barrier(),
  async serve(session) {
    release = new AbortController();
    await runExchanges(started(), session, release.signal);
  },
  release: () => release.abort(),
  finish: () => started().finalize(),
};

Comlink.expose(control, workerData as MessagePort as unknown as Comlink.Endpoint);

function started(): Mpi {
  if (mpi === undefined) throw new Error('MPI is not started');
  return mpi;
}
