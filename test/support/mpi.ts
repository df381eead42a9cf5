import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { preparedPart } from './prepared-parts.ts';

/** How this machine starts several ranks of a program. */
export interface MpiLauncher {
  /** For the name of a test. */
  name: string;
  /** Why it cannot be used here: the test skips with it. Undefined where it can. */
  problem: string | undefined;
  /** The library to name with --mpi-library; undefined where the right one is found without. */
  library: string | undefined;
  /** What stands before the program: `wrapper` of `startCli`. */
  command(ranks: number): string[];
  /** What its processes need: to be root, and to share the cores with more threads than there are cores. */
  environment: Record<string, string>;
}

const openMpiEnvironment = {
  OMPI_ALLOW_RUN_AS_ROOT: '1',
  OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
};
// It binds each of one or two ranks to a single core else, with all threads of the rank.
const openMpiOptions = ['--oversubscribe', '--bind-to', 'none'];

/** The launchers of Debian's packages, whether they are installed or not. */
export function mpiLaunchers(): MpiLauncher[] {
  return [
    {
      name: 'Open MPI',
      problem: missing('mpirun.openmpi', 'openmpi-bin'),
      library: undefined,
      command: (ranks) => ['mpirun.openmpi', ...openMpiOptions, '-n', String(ranks)],
      environment: openMpiEnvironment,
    },
    {
      name: 'MPICH',
      problem: missing('mpirun.mpich', 'mpich'),
      library: undefined,
      command: (ranks) => ['mpirun.mpich', '-n', String(ranks)],
      environment: {},
    },
  ];
}

/** Libraries that Debian does not have yet; `test/support/prepare-mpi.sh` fetches them from PyPI. */
export function newerMpiLaunchers(): MpiLauncher[] {
  const cache = preparedPart('mpi');
  const problem = existsSync(join(cache, 'contents')) ? undefined : 'test/support/prepare-mpi.sh was not run';
  const openMpi = join(cache, 'openmpi');
  const mpich = join(cache, 'mpich');
  const mpichCommand = (ranks: number) => [join(mpich, 'bin', 'mpirun'), '-n', String(ranks)];
  return [
    {
      name: 'Open MPI 5',
      problem,
      library: join(openMpi, 'lib', 'libmpi.so.40'),
      command: (ranks) => [join(openMpi, 'bin', 'mpirun'), ...openMpiOptions, '-n', String(ranks)],
      environment: { ...openMpiEnvironment, OPAL_PREFIX: openMpi },
    },
    {
      name: 'MPICH 5',
      problem,
      library: join(mpich, 'lib', 'libmpi.so.12'),
      command: mpichCommand,
      environment: {},
    },
    {
      name: 'the standard ABI of MPI 5',
      problem,
      library: join(mpich, 'lib', 'libmpi_abi.so.1'),
      command: mpichCommand,
      environment: {},
    },
  ];
}

function missing(program: string, debianPackage: string): string | undefined {
  if (findProgram(program) !== undefined) return undefined;
  return `${program} is not installed (Debian package ${debianPackage})`;
}

/** Path of a program on the PATH, or where daemons are. */
export function findProgram(program: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'];
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
