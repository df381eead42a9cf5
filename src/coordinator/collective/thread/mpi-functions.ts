import type { LibraryHandle } from 'koffi';
import type { MpiFlavour } from './mpi-flavour.ts';

type Handle = number | bigint;

/** C functions; each returns an error code, 0 for success. A pointer is a typed array, which koffi passes without a copy. */
export interface MpiFunctions {
  MPI_Init_thread(argc: null, argv: null, required: number, provided: Int32Array): number;
  MPI_Comm_set_errhandler(communicator: Handle, handler: Handle): number;
  MPI_Comm_rank(communicator: Handle, rank: Int32Array): number;
  MPI_Comm_size(communicator: Handle, size: Int32Array): number;
  MPI_Get_library_version(text: Uint8Array, length: Int32Array): number;
  MPI_Error_string(code: number, text: Uint8Array, length: Int32Array): number;
  MPI_Iallgather(
    send: number,
    sendCount: number,
    sendType: Handle,
    receive: Uint8Array,
    receiveCount: number,
    receiveType: Handle,
    communicator: Handle,
    request: BigInt64Array,
  ): number;
  MPI_Iallgatherv(
    send: number,
    sendCount: number,
    sendType: Handle,
    receive: Uint8Array,
    counts: Int32Array,
    displacements: Int32Array,
    receiveType: Handle,
    communicator: Handle,
    request: BigInt64Array,
  ): number;
  MPI_Ibcast(
    bytes: Uint8Array,
    count: number,
    type: Handle,
    root: number,
    communicator: Handle,
    request: BigInt64Array,
  ): number;
  MPI_Ibarrier(communicator: Handle, request: BigInt64Array): number;
  MPI_Test(request: BigInt64Array, done: Int32Array, status: number): number;
  MPI_Finalize(): number;
  MPI_Abort(communicator: Handle, code: number): number;
}

/** The functions of an MPI library, as the mpi.h of its flavour declares them. */
export function bindFunctions(library: LibraryHandle, flavour: MpiFlavour): MpiFunctions {
  const handle = flavour.handleType;
  // The send buffer is only ever the flavour's "in place", which is no address: hence an integer.
  const send = `intptr_t, int, ${handle}`;
  const bind = (name: keyof MpiFunctions, parameters: string) => library.func(`int ${name}(${parameters})`);
  return {
    MPI_Init_thread: bind('MPI_Init_thread', 'void *, void *, int, void *'),
    MPI_Comm_set_errhandler: bind('MPI_Comm_set_errhandler', `${handle}, ${handle}`),
    MPI_Comm_rank: bind('MPI_Comm_rank', `${handle}, void *`),
    MPI_Comm_size: bind('MPI_Comm_size', `${handle}, void *`),
    MPI_Get_library_version: bind('MPI_Get_library_version', 'void *, void *'),
    MPI_Error_string: bind('MPI_Error_string', 'int, void *, void *'),
    MPI_Iallgather: bind('MPI_Iallgather', `${send}, void *, int, ${handle}, ${handle}, void *`),
    MPI_Iallgatherv: bind('MPI_Iallgatherv', `${send}, void *, void *, void *, ${handle}, ${handle}, void *`),
    MPI_Ibcast: bind('MPI_Ibcast', `void *, int, ${handle}, int, ${handle}, void *`),
    MPI_Ibarrier: bind('MPI_Ibarrier', `${handle}, void *`),
    MPI_Test: bind('MPI_Test', 'void *, void *, intptr_t'),
    MPI_Finalize: bind('MPI_Finalize', 'void'),
    MPI_Abort: bind('MPI_Abort', `${handle}, int`),
  };
}
