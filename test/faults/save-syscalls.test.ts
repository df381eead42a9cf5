import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { endCli } from '../support/cli-process.ts';
import { filesIn, leftBehind, outcomeOf } from '../support/run-outcome.ts';
import { type SystemCall, straceProblem, temporaryPathOf, traceCli } from '../support/strace.ts';
import { expectResumeTo, filesOfSave, resume, traceUndisturbed, trainInto } from '../support/traced-save.ts';
import { temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();
const problem = straceProblem();
/** The short form leaves out calls that leave the disk as it was. */
const isLong = process.env['FAULT_ROUNDS'] !== undefined;
const changing = new Set(['openat', 'write', 'fsync', 'rename', 'unlink']);

let undisturbed: Awaited<ReturnType<typeof traceUndisturbed>>;
let runs = 0;
const newRun = () => join(folder, `run-${runs++}`);

beforeAll(async () => {
  if (problem === undefined) undisturbed = await traceUndisturbed(join(folder, 'golden'));
});

describe.concurrent('the system calls of a save', () => {
  beforeEach((context) => {
    if (problem !== undefined) context.skip(problem);
  });

  test('are in the order that makes the new file durable before the old one is removed', () => {
    const order = undisturbed.calls.map(({ kind }) => kind).filter((kind) => !/close|stat/.test(kind));
    const withoutRepetition = order.filter((kind, index) => kind !== order[index - 1]);
    const writeFile = ['openat', 'write', 'fsync', 'rename'];
    const flushFolder = ['openat', 'fsync'];
    const readBack = ['openat', 'read'];
    const prune = ['openat', 'unlink'];
    expect(withoutRepetition).toEqual([...writeFile, ...flushFolder, ...readBack, ...prune]);
  });

  test('may each be the last one of the process', async () => {
    const chosen = undisturbed.calls.filter(({ kind }) => isLong || changing.has(kind));
    const killAt = async ({ name, ordinal, line }: SystemCall) => {
      const run = newRun();
      const killed = await traceCli(trainInto(run), {
        paths: filesOfSave(run).paths,
        injection: `${name}:signal=KILL:when=${ordinal}`,
      });
      expect(killed.signal, line).toBe('SIGKILL');
      expect(existsSync(join(run, 'result.json'))).toBe(false);
      await expectResumeTo(undisturbed.golden, run);
    };
    const lane = async (calls: SystemCall[]) => {
      for (const call of calls) await killAt(call);
    };
    // Two processes at a time: each waits a good part of its time for the tracer.
    const middle = Math.ceil(chosen.length / 2);
    await Promise.all([lane(chosen.slice(0, middle)), lane(chosen.slice(middle))]);
  }, 300_000);

  test('may be those of the very first file: then the same command begins anew', async () => {
    const run = newRun();
    const config = join(run, 'config.yaml');
    const paths = [temporaryPathOf(config), config];
    // The first rename is the only one that the paths let through.
    const killed = await traceCli(trainInto(run), { paths, injection: '/^rename:signal=KILL:when=1' });
    expect(killed.signal).toBe('SIGKILL');
    expect(filesIn(run)).toEqual([temporaryPathOf(config)]);
    expect(await endCli(resume(run))).toMatchObject({ exitCode: 3 });
    expect(await endCli(trainInto(run))).toMatchObject({ exitCode: 0 });
    expect(await outcomeOf(run)).toEqual(undisturbed.golden);
    expect(leftBehind(run)).toEqual([]);
  });

  test('may end right behind the first history.csv, however rarely checkpoints are due', async () => {
    const run = newRun();
    const history = join(run, 'history.csv');
    const killed = await traceCli([...trainInto(run), '--checkpoint-every', '10 epochs'], {
      paths: [temporaryPathOf(history), run],
      // Of the folder for config.yaml and best.safetensors, of the file, and of the folder for it.
      injection: 'fsync:signal=KILL:when=4',
    });
    expect(killed.signal).toBe('SIGKILL');
    expect(existsSync(history)).toBe(true);
    await expectResumeTo(undisturbed.golden, run);
  });
});
