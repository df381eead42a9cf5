import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { mpiLaunchers } from '../../../support/mpi.ts';
import { runRanks } from '../../../support/mpi-ranks.ts';
import { SlurmCluster, slurmProblem } from '../../../support/slurm.ts';

const problem = slurmProblem();

describe('startMpi under srun', () => {
  let cluster: SlurmCluster;

  beforeAll(async () => {
    if (problem === undefined) cluster = await SlurmCluster.start();
  });
  afterAll(async () => cluster?.stop());
  beforeEach((context) => {
    const problems = [problem, ...mpiLaunchers().map((launcher) => launcher.problem)];
    const first = problems.find((one) => one !== undefined);
    context.skip(first !== undefined, first);
  });

  test.each([
    ['pmix', 'Open MPI'],
    ['pmi2', 'MPICH'],
  ] as const)('--mpi=%s connects ranks of %s', async (connection, name) => {
    const { answers, exitCode, stderr } = await runRanks(cluster.launcher(connection), 3, 'gather');

    expect(exitCode, stderr).toBe(0);
    expect(answers.map(({ rank }) => rank).sort()).toEqual([0, 1, 2]);
    for (const answer of answers) {
      expect(answer).toMatchObject({
        size: 3,
        parts: [[1], [], [3]],
        library: expect.stringContaining(name),
      });
    }
  });

  test.each([
    ['none', 'libmpi.so.40', /^Slurm started 2 tasks without a way/],
    ['none', 'libmpich.so.12', /^Slurm started .* of 2, but MPICH .* takes it for rank 0 of 1/],
    ['pmix', 'libmpich.so.12', /^Slurm started .* of 2, but MPICH .* takes it for rank 0 of 1/],
  ] as const)('--mpi=%s with %s is refused, with what to do', async (connection, library, message) => {
    const { answers } = await runRanks(cluster.launcher(connection), 2, 'gather', library);
    expect(answers[0]).toMatchObject({
      name: 'ConfigError',
      error: expect.stringMatching(message),
      nextStep: expect.stringContaining('srun --mpi=list'),
    });
  });
});
