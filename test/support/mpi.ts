import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** How this machine starts several ranks of a program. */
export interface MpiLauncher {
  /** For the name of a test. */
  name: string;
  /** Why it cannot be used here: the test skips with it. Undefined where it can. */
  problem: string | undefined;
  /** What stands before the program: `wrapper` of `startCli`. */
  command(ranks: number): string[];
  /** What its processes need: to be root, and to share the cores with more threads than there are cores. */
  environment: Record<string, string>;
}

const openMpi: Omit<MpiLauncher, 'problem'> = {
  name: 'Open MPI',
  // It binds each of one or two ranks to a single core else, with all threads of the rank.
  command: (ranks) => ['mpirun.openmpi', '--oversubscribe', '--bind-to', 'none', '-n', String(ranks)],
  environment: {
    OMPI_ALLOW_RUN_AS_ROOT: '1',
    OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
    // A rank that waits gives its core away.
    OMPI_MCA_mpi_yield_when_idle: '1',
  },
};

const mpich: Omit<MpiLauncher, 'problem'> = {
  name: 'MPICH',
  command: (ranks) => ['mpirun.mpich', '-n', String(ranks)],
  environment: {},
};

/** The launchers of Debian's packages, whether they are installed or not. */
export function mpiLaunchers(): MpiLauncher[] {
  return [
    { ...openMpi, problem: missing('mpirun.openmpi', 'openmpi-bin') },
    { ...mpich, problem: missing('mpirun.mpich', 'mpich') },
  ];
}

function missing(program: string, debianPackage: string): string | undefined {
  return onPath(program) ? undefined : `${program} is not installed (Debian package ${debianPackage})`;
}

function onPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
