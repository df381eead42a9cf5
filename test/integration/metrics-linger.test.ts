import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeWeights } from '../../src/coordinator/weights-file.ts';
import { initialParameters } from '../../src/shared/initial-parameters.ts';
import { startCli } from '../support/cli-process.ts';
import { scrape, urlOf } from '../support/observation.ts';
import { sliceDirectory, temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();
let runs = 0;

function startLingering(seconds: string, ...more: string[]) {
  const run = join(folder, `run-${runs++}`);
  return startCli([
    ...['train', '--run-dir', run, '--data', sliceDirectory, '--epochs', '2', '--workers', '2'],
    ...['--metrics-port', '0', '--metrics-linger', seconds, ...more],
  ]);
}

describe('--metrics-linger', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    'serves the final values until %s, which changes no exit code',
    async (signal) => {
      const cli = startLingering('600');
      const url = await urlOf(cli);
      await cli.untilOutput(`still serving ${url} for 600 s; Ctrl-C ends it`);
      const { samples } = await scrape(url);
      expect(samples.get('lockstep_run_active')).toBe(0);
      expect(samples.get('lockstep_run_progress_ratio')).toBe(1);
      expect(samples.get('lockstep_epochs_total')).toBe(2);
      expect(samples.get('lockstep_steps_total')).toBe(14);
      cli.process.kill(signal);
      const ended = await cli.ended;
      expect(ended.exitCode).toBe(0);
      expect(ended.stdout).toContain('weights SHA-256');
      expect(ended.stderr).not.toContain('finishing the step');
    },
  );

  test('serves what a failed run has reached, says why it failed, and ends with its exit code', async () => {
    const init = join(folder, 'huge.safetensors');
    await writeWeights(
      init,
      initialParameters(0).map((value) => value * 1e38),
      {},
    );
    const cli = startLingering('600', '--init', init);
    const url = await urlOf(cli);
    await cli.untilOutput('still serving');
    const { samples } = await scrape(url);
    expect(samples.get('lockstep_loss{split="train"}')).not.toSatisfy(Number.isFinite);
    expect(samples.get('lockstep_run_active')).toBe(0);
    cli.process.kill('SIGTERM');
    const { exitCode, stderr } = await cli.ended;
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/the run failed: epoch 1: .* is not finite .*\nstill serving/);
    expect(stderr).toMatch(/^error: epoch 1: /m);
  });

  test('ends by itself', async () => {
    const { exitCode, stderr } = await startLingering('0.2').ended;
    expect(exitCode).toBe(0);
    expect(stderr).toContain('for 0.2 s');
  });

  test('does not hold up who has interrupted the run', async () => {
    const cli = startLingering('600', '--epochs', '100000');
    await urlOf(cli);
    cli.process.kill('SIGTERM');
    const { exitCode, stderr } = await cli.ended;
    expect(exitCode).toBe(143);
    expect(stderr).not.toContain('still serving');
  });
});
