import type { LibraryHandle } from 'koffi';
import { ConfigError } from '../../../shared/errors.ts';
import type { Launcher } from '../../../shared/launcher.ts';
import type { Koffi } from './koffi.ts';
import { restrainUcx } from './ucx-settings.ts';

export interface OpenedLibrary {
  handle: LibraryHandle;
  /** A path, or a name that the dynamic linker finds. */
  name: string;
}

/** Open MPI 4 and 5 are called .40 both. */
const openMpiNames = ['libmpi.so.40', 'libmpi.40.dylib'];
/** Debian's name, then MPICH's own, which Intel MPI, MVAPICH and Cray have as well. */
const mpichNames = ['libmpich.so.12', 'libmpi.so.12', 'libmpi.12.dylib'];
/** The names that the standard gives, then those of development packages: of whichever library is installed. */
const commonNames = ['libmpi_abi.so.1', 'libmpi_abi.1.dylib', 'libmpich.so', 'libmpi.so', 'libmpi.dylib'];

/**
 * Loads the MPI library of this machine: the one named, else that of the launcher, since several may be installed side by side and
 * only its own finds the other ranks.
 *
 * @param path as for --mpi-library
 * @throws ConfigError where there is none, or the one named cannot be loaded
 */
export function openMpiLibrary(koffi: Koffi, launcher: Launcher | undefined, path?: string): OpenedLibrary {
  restrainUcx(koffi);
  if (path !== undefined) return open(koffi, path);
  const names = libraryNames(launcher, process.platform);
  for (const name of names) {
    try {
      return open(koffi, name);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
    }
  }
  throw new ConfigError([`No MPI library found: tried ${names.join(', ')}.`], installHint(launcher));
}

/** What to try, in this order. */
export function libraryNames(launcher: Launcher | undefined, platform: NodeJS.Platform): string[] {
  const names =
    launcher?.wireUp === 'pmi'
      ? [...mpichNames, ...commonNames, ...openMpiNames]
      : [...openMpiNames, ...commonNames, ...mpichNames];
  return names.filter((name) => name.endsWith('.dylib') === (platform === 'darwin'));
}

function open(koffi: Koffi, name: string): OpenedLibrary {
  try {
    // Global, since the plug-ins that an MPI library loads may leave its symbols to be found by name.
    return { name, handle: koffi.load(name, { global: true }) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(
      [`The MPI library ${name} cannot be loaded: ${reason}`],
      'Give the path of a shared library, such as /usr/lib/x86_64-linux-gnu/libmpi.so.40, to --mpi-library.',
    );
  }
}

function installHint(launcher: Launcher | undefined): string {
  const debian = launcher?.wireUp === 'pmi' ? 'libmpich12' : 'libopenmpi3';
  return (
    `Install the library of the launcher (Debian and Ubuntu: apt-get install ${debian}; on clusters often "module load"), ` +
    'or name it with --mpi-library PATH.'
  );
}
