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

/** Which call of the save fails, among those of its name, and whether the file has its name by then. */
const failures = [
  { call: 'openat', which: 'first', named: false },
  { call: 'write', which: 'second', named: false },
  { call: 'fsync', which: 'first', named: false },
  { call: 'rename', which: 'first', named: false },
  { call: 'fsync', which: 'second', named: true },
  { call: 'read', which: 'first', named: true },
  { call: 'unlink', which: 'first', named: true },
];

describe.concurrent('a save', () => {
  beforeEach((context) => {
    if (problem !== undefined) context.skip(problem);
  });

  async function saveWith(call: string, which: string, tampering: string) {
    const run = join(folder, `run-${runs++}`);
    const { paths, saved } = filesOfSave(run);
    const { name, ordinal } = undisturbed.calls.filter(({ kind }) => kind === call)[
      which === 'first' ? 0 : 1
    ] as SystemCall;
    const ended = await traceCli(trainInto(run), {
      paths,
      injection: `${name}:${tampering}:when=${ordinal}`,
    });
    const errors = ended.stderr.split('\n').filter((line) => line.startsWith('error:'));
    return { run, saved, exitCode: ended.exitCode, errors, stderr: ended.stderr };
  }

  test.each(failures)(
    'whose $which $call gets EIO ends the run with a clear error, and nothing is lost',
    async ({ call, which, named }) => {
      const { run, saved, ...ended } = await saveWith(call, which, 'error=EIO');
      expect(ended).toMatchObject({ exitCode: 4, errors: [expect.stringContaining('EIO')] });
      expect(ended.errors[0]).toContain(basename(saved));
      expect(ended.stderr).toContain('The disk reports an error: check it and resume the run');
      expect(existsSync(saved)).toBe(named);
      expect(leftBehind(run)).toEqual([]);
      await expectResumeTo(undisturbed.golden, run);
    },
  );

  test('whose bytes are swallowed without an error never takes its name', async () => {
    const { run, saved, ...ended } = await saveWith('write', 'first', 'retval=524288');
    expect(ended).toMatchObject({ exitCode: 4, errors: [expect.stringMatching(/\d+ of \d+ bytes arrived/)] });
    expect(existsSync(saved)).toBe(false);
    expect(leftBehind(run)).toEqual([]);
    await expectResumeTo(undisturbed.golden, run);
  });
});
