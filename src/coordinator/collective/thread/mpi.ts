import { checkRanks, checkWireUp, type Launcher } from '../../../shared/launcher.ts';
import { loadKoffi } from './koffi.ts';
import { detectFlavour } from './mpi-flavour.ts';
import { bindFunctions } from './mpi-functions.ts';
import { openMpiLibrary } from './mpi-library.ts';
import { Pause } from './pause.ts';
import { World } from './world.ts';

/**
 * MPI for one thread, the one that called `startMpi`: each call blocks it until the other ranks made the same call, but in JavaScript,
 * so that the thread can be terminated meanwhile. Only `startMpi` and `finalize` wait in native code.
 *
 * All take bytes in place, in any memory (a SharedArrayBuffer too), and copy nothing on their own. They throw a RunError with the
 * library's text where MPI reports an error.
 */
export interface Mpi {
  readonly rank: number;
  readonly size: number;
  /** Such as "Open MPI v4.1.4" or "MPICH 4.0.2". */
  readonly library: string;
  /** Part r lies at r * bytesPerRank; this rank's own must be there, the others' are written. */
  allgatherInPlace(bytes: Uint8Array, bytesPerRank: number): void;
  /** Part r lies at displacements[r] and has counts[r] bytes; this rank's own must be there, the others' are written. */
  allgathervInPlace(bytes: Uint8Array, counts: Int32Array, displacements: Int32Array): void;
  /** Writes what rank 0 has there to all ranks. */
  broadcast(bytes: Uint8Array): void;
  barrier(): void;
  /** Leaves MPI; no call may follow. Waits in native code for ranks that do not call it: meet them in a barrier before. */
  finalize(): void;
  /**
   * Ends all ranks by the launcher, this one too: it does not return. The launcher then ends with this code; where one rank merely
   * exits, MPICH's may end with 9, the number of the signal that it ended the others with.
   */
  abort(exitCode: number): void;
}

export interface MpiOptions {
  /** What started this process: it tells which of several libraries to take, and how many ranks there must be. */
  launcher: Launcher | undefined;
  /** --mpi-library */
  library?: string | undefined;
  /** After which a call is given up that the other ranks do not make; the thread may then still call `abort`. For ever by default. */
  timeoutSeconds?: number;
}

/**
 * Loads the MPI library and initializes MPI on the calling thread. Once in a process; can block until all ranks have done it.
 *
 * @throws ConfigError where koffi or a library is missing, or the library does not see the launcher's ranks
 * @throws RunError where MPI reports an error
 */
export async function startMpi(options: MpiOptions): Promise<Mpi> {
  const koffi = await loadKoffi();
  const opened = openMpiLibrary(koffi, options.launcher, options.library);
  const flavour = detectFlavour(opened.handle, opened.name);
  if (options.launcher !== undefined && flavour.name === 'Open MPI')
    checkWireUp(options.launcher, opened.name);
  const mpi = new World(
    bindFunctions(opened.handle, flavour),
    flavour,
    new Pause(koffi),
    options.timeoutSeconds ?? Number.POSITIVE_INFINITY,
  );
  if (options.launcher !== undefined) {
    checkRanks(options.launcher, {
      rank: mpi.rank,
      size: mpi.size,
      library: `${mpi.library} (${opened.name})`,
    });
  }
  return mpi;
}
