import type { LibraryHandle } from 'koffi';
import { ConfigError } from '../../../shared/errors.ts';

/** What a program has from the mpi.h that it is compiled with, and that differs between libraries. */
export interface MpiFlavour {
  name: 'Open MPI' | 'MPICH' | 'MPI standard ABI';
  /** C type of the handles below. */
  handleType: 'int' | 'uintptr_t';
  world: number | bigint;
  byte: number | bigint;
  errorsReturn: number | bigint;
  /** The address that says "my part already lies in the receive buffer". */
  inPlace: number;
  /** The address that says "I do not want to know the status". */
  statusIgnore: number;
  threadFunneled: number;
}

/** Integers that mpi.h of MPICH, and of those that keep its ABI (Intel MPI, MVAPICH, Cray), has had since 2014. */
const mpich: MpiFlavour = {
  name: 'MPICH',
  handleType: 'int',
  world: 0x44000000,
  byte: 0x4c00010d,
  errorsReturn: 0x54000001,
  inPlace: -1,
  statusIgnore: 1,
  threadFunneled: 1,
};

/**
 * MPI 5.0, appendix A "ABI"; the values are those of mpi.h in github.com/mpi-forum/mpi-abi-stubs. Its drafts, and MPICH before
 * 5.0, had errorsReturn for what is now MPI_ERRORS_ABORT (pull request 72 there).
 */
const standard: MpiFlavour = {
  name: 'MPI standard ABI',
  handleType: 'uintptr_t',
  world: 0x101,
  byte: 0x247,
  errorsReturn: 0x143,
  inPlace: 1,
  statusIgnore: 0,
  threadFunneled: 1024,
};

/**
 * Which mpi.h a library wants its callers to be compiled with.
 *
 * @param library as loaded by koffi
 * @param name for the message
 * @throws ConfigError for a library that is no MPI
 */
export function detectFlavour(library: LibraryHandle, name: string): MpiFlavour {
  if (!exports(library, 'MPI_Allgatherv')) {
    throw new ConfigError(
      [`${name} is no MPI library: it has no function MPI_Allgatherv.`],
      'Name the library itself with --mpi-library, such as /usr/lib/x86_64-linux-gnu/libmpi.so.40.',
    );
  }
  if (followsStandard(library)) return standard;
  if (!exports(library, 'ompi_mpi_comm_world')) return mpich;
  return {
    name: 'Open MPI',
    handleType: 'uintptr_t',
    // There, a handle is the address of an object.
    world: addressOf(library, 'ompi_mpi_comm_world'),
    byte: addressOf(library, 'ompi_mpi_byte'),
    errorsReturn: addressOf(library, 'ompi_mpi_errors_return'),
    inPlace: 1,
    statusIgnore: 0,
    threadFunneled: 1,
  };
}

/** MPICH 5 has the function in its own libmpi, too, where it answers -1. */
function followsStandard(library: LibraryHandle): boolean {
  if (!exports(library, 'MPI_Abi_get_version')) return false;
  const major = new Int32Array(1);
  const minor = new Int32Array(1);
  library.func('int MPI_Abi_get_version(void *major, void *minor)')(major, minor);
  return (major[0] as number) >= 1;
}

function exports(library: LibraryHandle, symbol: string): boolean {
  try {
    library.symbol(symbol);
    return true;
  } catch {
    // koffi has no other way to ask.
    return false;
  }
}

function addressOf(library: LibraryHandle, symbol: string): bigint {
  return library.symbol(symbol) as bigint;
}
