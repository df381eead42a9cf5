import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { startCli } from '../support/cli-process.ts';
import { runCli } from '../support/run-cli.ts';
import { leftBehind } from '../support/run-outcome.ts';
import { outcomeIn, resultsIn, sweepBase } from '../support/sweeps.ts';
import { temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();

describe('a sweep that is ended', () => {
  const long = join(folder, 'long.yaml');
  const settings = { base: { ...sweepBase, epochs: 25, checkpointEvery: '7 steps' }, seeds: [0, 1, 2] };
  writeFileSync(long, JSON.stringify(settings));
  const undisturbed = join(folder, 'undisturbed');
  beforeAll(async () => {
    expect(await runCli(['sweep', long, '--output', undisturbed])).toMatchObject({ exitCode: 0 });
  });

  /** Waits until the run has a checkpoint and the sweep another run, complete. */
  async function untilInTheMiddle(output: string): Promise<void> {
    const isThere = (name: string) => existsSync(join(output, 'long', name));
    const deadline = Date.now() + 50_000;
    while (!(isThere('seed-0/result.json') && isThere('seed-1/history.csv'))) {
      if (Date.now() > deadline) throw new Error('the sweep did not come to its second run');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(isThere('seed-1/result.json')).toBe(false);
  }

  test('by SIGKILL leaves no process, and goes on where it was', async () => {
    const output = join(folder, 'killed');
    const cli = startCli(['sweep', long, '--output', output]);
    await untilInTheMiddle(output);
    cli.process.kill('SIGKILL');
    await cli.ended;
    // At once: its run may still be saving.
    const outcome = await runCli(['sweep', '--output', output]);
    expect(outcome).toMatchObject({ exitCode: 0 });
    expect(outcome.stdout).toContain('3 runs: 1 configuration × 3 seeds · 1 complete');
    expect(outcomeIn(output)).toEqual(outcomeIn(undisturbed));
    expect(readFileSync(join(output, 'long', 'seed-1.log'), 'utf8')).toMatch(
      /goes on at epoch \d+, step \d+/,
    );
    expect(leftBehind(output)).toEqual([]);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s saves its runs, says how to go on, and goes on', async (signal, exitCode) => {
    const output = join(folder, signal);
    const cli = startCli(['sweep', long, '--output', output], { ownGroup: true });
    await untilInTheMiddle(output);
    // As a Ctrl-C does: to the whole group.
    process.kill(-(cli.process.pid as number), signal);
    const ended = await cli.ended;
    expect(ended).toMatchObject({ exitCode });
    expect(ended.stdout).toMatch(
      /stopped and saved, 1 of 3 runs complete; to go on: {2}(npx )?lockstep sweep --output /,
    );
    expect(readFileSync(join(output, 'long', 'seed-1.log'), 'utf8')).toContain('stopped and saved');
    expect(existsSync(join(output, 'long', 'seed-2'))).toBe(false);
    expect(leftBehind(output)).toEqual([]);
    const reported = await runCli(['sweep', '--output', output, '--report']);
    expect(reported.stdout).toMatch(/^long +1 of 3 /m);
    expect(resultsIn(output).runs.map(({ state }) => state)).toEqual([
      'complete',
      'interrupted',
      'not begun',
    ]);
    expect(await runCli(['sweep', '--output', output])).toMatchObject({ exitCode: 0 });
    expect(outcomeIn(output)).toEqual(outcomeIn(undisturbed));
  });
});

describe('a sweep with a run that fails', () => {
  const failing = join(folder, 'failing.yaml');
  const output = join(folder, 'failing');
  const runs = [
    { name: 'mad', learningRate: 1000, weightDecay: 10, activation: 'relu' },
    { name: 'lost', init: 'none.safetensors' },
    { name: 'good' },
  ];
  writeFileSync(
    failing,
    JSON.stringify({ base: { ...sweepBase, epochs: 2, learningRate: undefined }, runs }),
  );

  test('trains the others, and ends with the list and exit code 4', async () => {
    const outcome = await runCli(['sweep', failing, '--output', output]);
    expect(outcome.exitCode).toBe(4);
    expect(outcome.stdout).toMatch(/^1\/3 {2}mad, seed 0 {2}failed: epoch \d: .*finite/m);
    expect(outcome.stdout).toMatch(/^3\/3 {2}good, seed 0 {2}val acc/m);
    expect(outcome.stdout).toMatch(/^mad +0 of 1 +–/m);
    expect(outcome.stderr).toMatch(
      /error: 2 of 3 runs failed:\n {2}\S+mad\/seed-0: epoch .*\n {2}\S+lost\/seed-0: none\.safetensors/,
    );
    expect(outcome.stderr).not.toContain('    at ');
    expect(resultsIn(output).runs.map(({ state }) => state)).toEqual(['failed', 'failed', 'complete']);
  });

  test('called again tries those alone, and remembers what they fail with', async () => {
    const reported = await runCli(['sweep', '--report', '--output', output]);
    expect(reported.exitCode).toBe(4);
    const again = await runCli(['sweep', failing, '--output', output]);
    expect(again.exitCode).toBe(4);
    expect(again.stdout).toContain('1 complete');
    expect(again.stdout).toMatch(/^3\/3 {2}lost/m);
    expect(again.stdout).not.toMatch(/\/3 {2}good/);
  });

  const children = (pid: number) => `/proc/${pid}/task/${pid}/children`;
  test.skipIf(!existsSync(children(process.pid)))(
    'whose run is killed goes on, too (needs /proc)',
    async () => {
      const long = join(folder, 'victim.yaml');
      const killed = join(folder, 'victim');
      writeFileSync(
        long,
        JSON.stringify({
          base: { ...sweepBase, epochs: 1000 },
          runs: [{ name: 'victim' }, { name: 'heir', epochs: 1 }],
        }),
      );
      const cli = startCli(['sweep', long, '--output', killed]);
      const log = join(killed, 'victim', 'seed-0.log');
      while (!existsSync(log) || !readFileSync(log, 'utf8').includes('epoch ')) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      const [child] = readFileSync(children(cli.process.pid as number), 'utf8')
        .trim()
        .split(' ');
      process.kill(Number(child), 'SIGKILL');
      const ended = await cli.ended;
      expect(ended).toMatchObject({ exitCode: 4 });
      expect(ended.stdout).toMatch(/victim, seed 0 {2}failed: the process was ended by SIGKILL\./);
      expect(resultsIn(killed).runs.map(({ state }) => state)).toEqual(['failed', 'complete']);
    },
  );
});
