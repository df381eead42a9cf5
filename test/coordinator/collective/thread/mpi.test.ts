import { beforeEach, describe, expect, test } from 'vitest';
import { mpiLaunchers, newerMpiLaunchers } from '../../../support/mpi.ts';
import { runRanks } from '../../../support/mpi-ranks.ts';

const newerLibraries: Readonly<Record<string, RegExp>> = {
  'Open MPI 5': /^Open MPI v5\.\d+\.\d+$/,
  'MPICH 5': /^MPICH 5\.\d+\.\d+$/,
  'the standard ABI of MPI 5': /^MPICH 5\.\d+\.\d+$/,
};

describe.each(mpiLaunchers())('startMpi under $name', (launcher) => {
  beforeEach((context) => context.skip(launcher.problem !== undefined, launcher.problem));

  test.each([2, 3, 4])('%i ranks gather equal and unequal parts in shared memory', async (ranks) => {
    const { answers, exitCode, stderr } = await runRanks(launcher, ranks, 'gather');

    expect(exitCode, stderr).toBe(0);
    expect(answers.map(({ rank }) => rank).sort()).toEqual([0, 1, 2, 3].slice(0, ranks));
    for (const answer of answers) {
      expect(answer).toMatchObject({
        size: ranks,
        equal: [0, 1, 2, 3].slice(0, ranks).flatMap((rank) => Array(5).fill(rank + 1)),
        // The second rank gives nothing.
        parts: [[1], [], [3], [4]].slice(0, ranks),
        between: Array(ranks).fill([0]),
        told: [10, 10, 10],
      });
      expect(answer['library']).toMatch(
        launcher.name === 'MPICH' ? /^MPICH \d+\.\d+/ : /^Open MPI v4\.\d+\.\d+$/,
      );
    }
  });

  test('an error of MPI is thrown as its text', async () => {
    const { answers } = await runRanks(launcher, 2, 'error');
    expect(answers).toHaveLength(2);
    for (const { name, error } of answers) {
      expect(name).toBe('RunError');
      expect(error).toMatch(/^MPI_Iallgather failed: .*invalid (count|argument)/i);
    }
  });

  test.each(['behind', 'negative'])(
    'a part that does not lie in the bytes is refused: %s',
    async (scenario) => {
      const { answers } = await runRanks(launcher, 2, scenario);
      expect(answers).toEqual(
        Array(2).fill({ name: 'RangeError', error: 'the part of rank 0 does not lie in the bytes' }),
      );
    },
  );

  test('a call that the others do not make is given up after the time that is allowed', async () => {
    const { answers, exitCode } = await runRanks(launcher, 3, 'late');
    expect(answers).toEqual([
      { name: 'RunError', error: expect.stringContaining('within 0.5 s'), exitCode: 138 },
    ]);
    expect(exitCode).toBe(138);
  });

  test('a rank that waits in native code for others to start can still end the job at once', async () => {
    const { exitCode } = await runRanks(launcher, 2, 'absent');
    // MPICH's mpirun adds to it what the others ended with.
    if (launcher.name === 'MPICH') expect(exitCode).not.toBe(0);
    else expect(exitCode).toBe(138);
  });

  test('a library that cannot be loaded is named', async () => {
    const { answers } = await runRanks(launcher, 1, 'gather', '/nowhere/libmpi.so');
    expect(answers[0]).toMatchObject({
      name: 'ConfigError',
      error: expect.stringMatching(/^The MPI library \/nowhere\/libmpi\.so cannot be loaded: /),
      nextStep: expect.stringContaining('--mpi-library'),
    });
  });

  test('a library that is no MPI is named', async () => {
    const { answers } = await runRanks(launcher, 1, 'gather', 'libc.so.6');
    expect(answers[0]).toMatchObject({
      name: 'ConfigError',
      error: expect.stringContaining('libc.so.6 is no MPI library'),
    });
  });

  test("another launcher's library is refused", async (context) => {
    const other = mpiLaunchers().find(({ name }) => name !== launcher.name);
    context.skip(other?.problem !== undefined, other?.problem);
    const library = launcher.name === 'MPICH' ? 'libmpi.so.40' : 'libmpich.so.12';

    const { answers } = await runRanks(launcher, 2, 'gather', library);

    expect(answers[0]).toMatchObject({
      name: 'ConfigError',
      error: expect.stringMatching(/of 2, but .* takes it for rank 0 of 1/),
      nextStep: expect.stringContaining('--mpi-library'),
    });
  });
});

describe.each(newerMpiLaunchers())('startMpi with $name', (launcher) => {
  beforeEach((context) => context.skip(launcher.problem !== undefined, launcher.problem));

  test('3 ranks gather', async () => {
    const { answers, exitCode, stderr } = await runRanks(launcher, 3, 'gather');

    expect(exitCode, stderr).toBe(0);
    expect(answers).toHaveLength(3);
    for (const answer of answers) {
      expect(answer).toMatchObject({ size: 3, parts: [[1], [], [3]], told: [10, 10, 10] });
      expect(answer['library']).toMatch(newerLibraries[launcher.name] as RegExp);
    }
  });

  test('an error of MPI is thrown, and does not end the process', async () => {
    const { answers, exitCode } = await runRanks(launcher, 2, 'error');
    const error = expect.stringMatching(/^MPI_Iallgather failed: .../);
    expect(answers).toEqual(Array(2).fill({ name: 'RunError', error, exitCode: 138 }));
    expect(exitCode).toBe(0);
  });
});
