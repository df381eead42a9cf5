import { exitCodes, RunError } from '../../../shared/errors.ts';
import type { Mpi } from './mpi.ts';
import type { MpiFlavour } from './mpi-flavour.ts';
import type { MpiFunctions } from './mpi-functions.ts';
import type { Pause } from './pause.ts';

/** Above what any library's MPI_MAX_LIBRARY_VERSION_STRING and MPI_MAX_ERROR_STRING are. */
const longestText = 8192;

/**
 * All ranks of the job: MPI_COMM_WORLD.
 *
 * Its calls start what MPI has to do, and ask again and again whether it is done, instead of leaving the waiting to MPI: that would
 * keep a core busy which another rank on this machine may need (four ranks of MPICH on two cores took 16 ms for what takes 0.2 ms
 * so), and no thread can be terminated while it is in native code.
 */
export class World implements Mpi {
  readonly rank: number;
  readonly size: number;
  readonly library: string;
  readonly #functions: MpiFunctions;
  readonly #flavour: MpiFlavour;
  readonly #pause: Pause;
  readonly #timeoutSeconds: number;
  /** Room for the handle of the call that is under way, of 4 or 8 bytes. */
  readonly #request = new BigInt64Array(1);
  readonly #done = new Int32Array(1);

  /** Initializes MPI. @throws RunError where it reports an error */
  constructor(functions: MpiFunctions, flavour: MpiFlavour, pause: Pause, timeoutSeconds: number) {
    this.#functions = functions;
    this.#flavour = flavour;
    this.#pause = pause;
    this.#timeoutSeconds = timeoutSeconds;
    const { world, errorsReturn, threadFunneled } = flavour;
    const number = new Int32Array(1);
    this.#check('MPI_Init_thread', functions.MPI_Init_thread(null, null, threadFunneled, number));
    // Else the library ends the process itself, where others have something to save first.
    this.#check('MPI_Comm_set_errhandler', functions.MPI_Comm_set_errhandler(world, errorsReturn));
    this.#check('MPI_Comm_rank', functions.MPI_Comm_rank(world, number));
    this.rank = number[0] as number;
    this.#check('MPI_Comm_size', functions.MPI_Comm_size(world, number));
    this.size = number[0] as number;
    this.library = shortVersion(readText((text, length) => functions.MPI_Get_library_version(text, length)));
  }

  allgatherInPlace(bytes: Uint8Array, bytesPerRank: number): void {
    if (bytes.length < this.size * bytesPerRank) throw new RangeError('the parts do not lie in the bytes');
    const { inPlace, byte, world } = this.#flavour;
    const { MPI_Iallgather } = this.#functions;
    const code = MPI_Iallgather(inPlace, 0, byte, bytes, bytesPerRank, byte, world, this.#request);
    this.#finish('MPI_Iallgather', code);
  }

  allgathervInPlace(bytes: Uint8Array, counts: Int32Array, displacements: Int32Array): void {
    for (let rank = 0; rank < this.size; rank++) {
      const count = counts[rank] ?? -1;
      const start = displacements[rank] ?? -1;
      // Open MPI does not check them: it writes where it is told.
      if (count < 0 || start < 0 || start + count > bytes.length) {
        throw new RangeError(`the part of rank ${rank} does not lie in the bytes`);
      }
    }
    const { inPlace, byte, world } = this.#flavour;
    const { MPI_Iallgatherv } = this.#functions;
    const code = MPI_Iallgatherv(inPlace, 0, byte, bytes, counts, displacements, byte, world, this.#request);
    this.#finish('MPI_Iallgatherv', code);
  }

  broadcast(bytes: Uint8Array): void {
    const { byte, world } = this.#flavour;
    const code = this.#functions.MPI_Ibcast(bytes, bytes.length, byte, 0, world, this.#request);
    this.#finish('MPI_Ibcast', code);
  }

  barrier(): void {
    this.#finish('MPI_Ibarrier', this.#functions.MPI_Ibarrier(this.#flavour.world, this.#request));
  }

  finalize(): void {
    this.#check('MPI_Finalize', this.#functions.MPI_Finalize());
  }

  abort(exitCode: number): void {
    this.#functions.MPI_Abort(this.#flavour.world, exitCode);
  }

  /** Waits until the call is done. @throws RunError where it, or the waiting, gave an error code, or takes too long */
  #finish(call: keyof MpiFunctions, code: number): void {
    this.#check(call, code);
    const { MPI_Test } = this.#functions;
    const { statusIgnore } = this.#flavour;
    this.#pause.begin();
    for (;;) {
      this.#check(call, MPI_Test(this.#request, this.#done, statusIgnore));
      if (this.#done[0] !== 0) return;
      if (this.#pause.next() >= this.#timeoutSeconds) throw tooLate(call, this.#timeoutSeconds);
    }
  }

  /** @throws RunError for an error code */
  #check(call: keyof MpiFunctions, code: number): void {
    if (code === 0) return;
    const text = readText((buffer, length) => this.#functions.MPI_Error_string(code, buffer, length));
    // A rank that is gone, or its network: started again, the job may go on.
    throw new RunError(
      `${call} failed: ${text}`,
      'Start the job again with --resume.',
      undefined,
      exitCodes.retry,
    );
  }
}

function tooLate(call: keyof MpiFunctions, seconds: number): RunError {
  return new RunError(
    `the other ranks did not come to an exchange (${call}) within ${seconds} s: one of them hangs, or the network is cut.`,
    'Start the job again with --resume; --collective-timeout allows more time.',
    undefined,
    exitCodes.retry,
  );
}

function readText(write: (text: Uint8Array, length: Int32Array) => number): string {
  const text = new Uint8Array(longestText);
  const length = new Int32Array(1);
  write(text, length);
  return new TextDecoder().decode(text.subarray(0, length[0])).replaceAll('\0', '').trim();
}

/** "MPICH Version:\t4.0.2\n..." and "Open MPI v4.1.4, package: ..." without what follows. */
function shortVersion(version: string): string {
  return (version.split(/[\n,]/, 1)[0] as string).replace(/\s*Version:\s*/, ' ').trim();
}
