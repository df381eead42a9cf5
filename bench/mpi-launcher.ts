import { spawnSync } from 'node:child_process';

/** Debian's Open MPI; where several MPIs are installed, plain mpirun may be another's. */
const program = 'mpirun.openmpi';

export const mpiInstallCommand = 'sudo apt-get install openmpi-bin';

export function hasMpi(): boolean {
  return spawnSync(program, ['--version']).status === 0;
}

/** Starts ranks that share the cores: Open MPI binds each of two ranks to one core else. */
export const sharingLauncher = `${program} --oversubscribe --bind-to none`;

/**
 * What stands before a program that is to run as so many ranks; nothing without ranks.
 * @param launcher with its flags, separated by spaces
 */
export function mpiLauncher(
  ranks: number | undefined,
  launcher = sharingLauncher,
): {
  command: readonly string[];
  environment: Readonly<Record<string, string>>;
} {
  if (ranks === undefined) return { command: [], environment: {} };
  return {
    command: [...launcher.split(' '), '-n', String(ranks)],
    environment: { OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' },
  };
}
