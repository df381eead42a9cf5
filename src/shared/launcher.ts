import { ConfigError } from './errors.ts';

/** What started this process as one of several ranks. */
export interface Launcher {
  name: 'Open MPI' | 'MPICH' | 'MVAPICH' | 'Slurm';
  /** 0 to size - 1. */
  rank: number;
  /** Ranks of the job, at least 1. */
  size: number;
  /**
   * How the launcher introduces the ranks to each other, which the MPI library must know how to use; undefined where it does
   * not (`srun --mpi=none`).
   */
  wireUp: 'pmix' | 'pmi' | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The launcher of this process, by what launchers leave in the environment of a rank; undefined for a plain start, and in the
 * shell of a batch job, which has variables of Slurm but is none of its tasks.
 *
 * The order matters: inside of a Slurm job, mpirun starts its own helpers by srun, whose variables the ranks inherit.
 */
export function detectLauncher(environment: Environment): Launcher | undefined {
  // Of a step alone: the shell of a batch job has SLURM_PROCID and SLURM_NTASKS too.
  const slurmTasks = environment['SLURM_STEP_NUM_TASKS'];
  return (
    launcher('Open MPI', 'pmix', environment['OMPI_COMM_WORLD_RANK'], environment['OMPI_COMM_WORLD_SIZE']) ??
    launcher('MVAPICH', 'pmi', environment['MV2_COMM_WORLD_RANK'], environment['MV2_COMM_WORLD_SIZE']) ??
    launcher(
      slurmTasks !== undefined && environment['MPI_LOCALNRANKS'] === undefined ? 'Slurm' : 'MPICH',
      'pmi',
      environment['PMI_RANK'],
      environment['PMI_SIZE'],
    ) ??
    launcher('Slurm', 'pmix', environment['PMIX_RANK'], slurmTasks) ??
    (slurmTasks === '1' ? undefined : launcher('Slurm', undefined, environment['SLURM_PROCID'], slurmTasks))
  );
}

function launcher(
  name: Launcher['name'],
  wireUp: Launcher['wireUp'],
  rank: string | undefined,
  size: string | undefined,
): Launcher | undefined {
  if (!isWhole(rank) || !isWhole(size) || Number(rank) >= Number(size)) return undefined;
  return { name, wireUp, rank: Number(rank), size: Number(size) };
}

function isWhole(text: string | undefined): text is string {
  return text !== undefined && /^\d+$/.test(text);
}

const slurmNextStep =
  'Start with "srun --mpi=pmix" for Open MPI, or "srun --mpi=pmi2" for MPICH; "srun --mpi=list" tells what this Slurm has.';

/**
 * To be called before MPI is initialized, where Open MPI would end the process with advice about how Slurm was built.
 *
 * @param library what was loaded, for people
 * @throws ConfigError where the launcher does not introduce the ranks to each other, and Open MPI has no other way to find them
 */
export function checkWireUp(launcher: Launcher, library: string): void {
  if (launcher.wireUp !== undefined) return;
  throw new ConfigError(
    [`${launcher.name} started ${launcher.size} tasks without a way by which ${library} could connect them.`],
    slurmNextStep,
  );
}

/**
 * Whether MPI sees the ranks that the launcher started: a library that does not know the launcher takes each of them for a
 * program of its own, with one rank, and all of them would write the same run.
 *
 * @param library what was loaded, for people
 * @throws ConfigError where the sizes or ranks differ
 */
export function checkRanks(launcher: Launcher, mpi: { rank: number; size: number; library: string }): void {
  if (launcher.size === mpi.size && launcher.rank === mpi.rank) return;
  const problem =
    `${launcher.name} started this process as rank ${launcher.rank} of ${launcher.size}, ` +
    `but ${mpi.library} takes it for rank ${mpi.rank} of ${mpi.size}.`;
  throw new ConfigError(
    [problem],
    launcher.name === 'Slurm'
      ? slurmNextStep
      : `Name the MPI library that belongs to this launcher with --mpi-library PATH, or use the launcher of ${mpi.library}.`,
  );
}
