import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/shared/errors.ts';
import { checkRanks, checkWireUp, detectLauncher } from '../../src/shared/launcher.ts';

/** What Slurm gives to each task of a step. */
const slurmStep = {
  SLURM_JOB_ID: '9',
  SLURM_NTASKS: '4',
  SLURM_STEP_ID: '0',
  SLURM_STEP_NUM_TASKS: '4',
  SLURM_PROCID: '2',
};

describe('detectLauncher', () => {
  test('a plain start has none', () => {
    expect(detectLauncher({ PATH: '/usr/bin' })).toBeUndefined();
  });

  test('mpirun of Open MPI gives its own rank and size', () => {
    const environment = { OMPI_COMM_WORLD_RANK: '1', OMPI_COMM_WORLD_SIZE: '3', PMIX_RANK: '1' };
    expect(detectLauncher(environment)).toEqual({ name: 'Open MPI', wireUp: 'pmix', rank: 1, size: 3 });
  });

  test('mpirun of MPICH gives rank and size by PMI', () => {
    const environment = { PMI_RANK: '0', PMI_SIZE: '2', PMI_FD: '6', MPI_LOCALNRANKS: '2' };
    expect(detectLauncher(environment)).toEqual({ name: 'MPICH', wireUp: 'pmi', rank: 0, size: 2 });
  });

  test('mpirun_rsh of MVAPICH2 is known', () => {
    const environment = { MV2_COMM_WORLD_RANK: '3', MV2_COMM_WORLD_SIZE: '4' };
    expect(detectLauncher(environment)).toEqual({ name: 'MVAPICH', wireUp: 'pmi', rank: 3, size: 4 });
  });

  test('srun --mpi=pmi2 gives rank and size by PMI', () => {
    const environment = { ...slurmStep, PMI_RANK: '2', PMI_SIZE: '4' };
    expect(detectLauncher(environment)).toEqual({ name: 'Slurm', wireUp: 'pmi', rank: 2, size: 4 });
  });

  test('srun --mpi=pmix gives the rank by PMIx, the size by its own variable', () => {
    const environment = { ...slurmStep, PMIX_RANK: '2' };
    expect(detectLauncher(environment)).toEqual({ name: 'Slurm', wireUp: 'pmix', rank: 2, size: 4 });
  });

  test('tasks of srun --mpi=none are ranks that nothing connects', () => {
    expect(detectLauncher(slurmStep)).toEqual({ name: 'Slurm', wireUp: undefined, rank: 2, size: 4 });
  });

  test('the only task of a step is a plain start', () => {
    expect(detectLauncher({ ...slurmStep, SLURM_PROCID: '0', SLURM_STEP_NUM_TASKS: '1' })).toBeUndefined();
  });

  test('the shell of a batch job is no task, though it has its number of tasks and a rank', () => {
    expect(detectLauncher({ SLURM_JOB_ID: '9', SLURM_NTASKS: '4', SLURM_PROCID: '0' })).toBeUndefined();
  });

  test.each([
    ['Open MPI', { OMPI_COMM_WORLD_RANK: '1', OMPI_COMM_WORLD_SIZE: '2' }],
    ['MPICH', { PMI_RANK: '1', PMI_SIZE: '2', MPI_LOCALNRANKS: '2' }],
  ])('mpirun of %s in a job of Slurm counts, not the step that it started its helpers in', (name, own) => {
    const helpersStep = { ...slurmStep, SLURM_PROCID: '0', SLURM_STEP_NUM_TASKS: '1' };
    expect(detectLauncher({ ...helpersStep, ...own })).toMatchObject({ name, rank: 1, size: 2 });
  });

  test.each([{ PMI_RANK: '2', PMI_SIZE: '2' }, { PMI_RANK: '', PMI_SIZE: '2' }, { PMI_RANK: '0' }])(
    '%j is no rank',
    (environment) => {
      expect(detectLauncher(environment)).toBeUndefined();
    },
  );
});

/** The nextStep of what a check throws, after its message. */
function complaint(check: () => void): string {
  try {
    check();
  } catch (error) {
    if (error instanceof ConfigError) return `${error.message} ${error.nextStep}`;
    throw error;
  }
  return 'none';
}

describe('checkRanks', () => {
  const launcher = { name: 'Open MPI', wireUp: 'pmix', rank: 1, size: 2 } as const;

  test('is content where MPI sees the ranks of the launcher', () => {
    expect(complaint(() => checkRanks(launcher, { rank: 1, size: 2, library: 'Open MPI v4' }))).toBe('none');
  });

  test('names both where the library belongs to another launcher', () => {
    const check = () => checkRanks(launcher, { rank: 0, size: 1, library: 'MPICH 4 (libmpich.so.12)' });
    expect(complaint(check)).toMatch(
      /Open MPI started .* rank 1 of 2, but MPICH 4 \(libmpich.so.12\) .* rank 0 of 1\. .*--mpi-library PATH/,
    );
  });

  test('under Slurm, says how to start', () => {
    const slurm = { name: 'Slurm', wireUp: 'pmi', rank: 0, size: 2 } as const;
    const check = () => checkRanks(slurm, { rank: 0, size: 1, library: 'Open MPI v4' });
    expect(complaint(check)).toMatch(/srun --mpi=pmix.*srun --mpi=pmi2.*srun --mpi=list/);
  });
});

describe('checkWireUp', () => {
  test('refuses tasks that nothing connects', () => {
    const launcher = { name: 'Slurm', wireUp: undefined, rank: 0, size: 2 } as const;
    expect(complaint(() => checkWireUp(launcher, 'libmpi.so.40'))).toMatch(
      /Slurm started 2 tasks .* libmpi\.so\.40 .*srun --mpi=pmix/,
    );
  });

  test('accepts ranks that the launcher connects', () => {
    const launcher = { name: 'Slurm', wireUp: 'pmix', rank: 0, size: 2 } as const;
    expect(complaint(() => checkWireUp(launcher, 'libmpi.so.40'))).toBe('none');
  });
});
