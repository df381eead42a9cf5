import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { leftBehind } from '../support/run-outcome.ts';
import { type SystemCall, straceProblem, traceCli } from '../support/strace.ts';
import { expectResumeTo, filesOfSave, traceUndisturbed, trainInto } from '../support/traced-save.ts';
import { temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();
const problem = straceProblem();

let undisturbed: Awaited<ReturnType<typeof traceUndisturbed>>;
let runs = 0;

beforeAll(async () => {
  if (problem === undefined) undisturbed = await traceUndisturbed(join(folder, 'golden'));
});

/** Which call of the save fails, by name and place among those of its name, and whether the file has its name by then. */
const failures = [
  { call: 'openat', place: 0, named: false },
  { call: 'write', place: 1, named: false },
  { call: 'fsync', place: 0, named: false },
  { call: 'rename', place: 0, named: false },
  { call: 'fsync', place: 1, named: true },
  { call: 'read', place: 0, named: true },
  { call: 'unlink', place: 0, named: true },
];

describe('a save', () => {
  beforeEach((context) => {
    if (problem !== undefined) context.skip(problem);
  });

  async function saveWith(call: string, place: number, tampering: string) {
    const run = join(folder, `run-${runs++}`);
    const { paths, saved } = filesOfSave(run);
    const { name, ordinal } = undisturbed.calls.filter(({ kind }) => kind === call)[place] as SystemCall;
    const ended = await traceCli(trainInto(run), {
      paths,
      injection: `${name}:${tampering}:when=${ordinal}`,
    });
    const errors = ended.stderr.split('\n').filter((line) => line.startsWith('error:'));
    return { run, saved, exitCode: ended.exitCode, errors, stderr: ended.stderr };
  }

  test.each(failures)(
    'whose $call $place gets EIO ends the run with a clear error, and nothing is lost',
    async ({ call, place, named }) => {
      const { run, saved, ...ended } = await saveWith(call, place, 'error=EIO');
      expect(ended).toMatchObject({ exitCode: 4, errors: [expect.stringContaining('EIO')] });
      expect(ended.errors[0]).toContain(basename(saved));
      expect(ended.stderr).toContain('The disk reports an error: check it and resume the run');
      expect(existsSync(saved)).toBe(named);
      expect(leftBehind(run)).toEqual([]);
      await expectResumeTo(undisturbed.golden, run);
    },
  );

  test('whose bytes are swallowed without an error never takes its name', async () => {
    const { run, saved, ...ended } = await saveWith('write', 0, 'retval=524288');
    expect(ended).toMatchObject({ exitCode: 4, errors: [expect.stringMatching(/\d+ of \d+ bytes arrived/)] });
    expect(existsSync(saved)).toBe(false);
    expect(leftBehind(run)).toEqual([]);
    await expectResumeTo(undisturbed.golden, run);
  });
});
