import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../src/coordinator/run/run-result.ts';
import { startCli } from '../support/cli-process.ts';
import { mpiLaunchers } from '../support/mpi.ts';
import { scrape, urlOf } from '../support/observation.ts';
import { sliceDirectory, temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();

describe.each(mpiLaunchers())('the metrics of a run of two ranks under $name', (launcher) => {
  const { problem } = launcher;

  test.skipIf(problem !== undefined)(
    `tell what each of them does${problem === undefined ? '' : ` (skipped: ${problem})`}`,
    async () => {
      const run = join(folder, launcher.name);
      const length = ['--epochs', '100000', '--checkpoint-every', '100000 epochs', '--workers', '1'];
      const cli = startCli(
        ['train', '--run-dir', run, '--data', sliceDirectory, ...length, '--metrics-port', '0'],
        { wrapper: launcher.command(2), environment: launcher.environment },
      );
      const url = await urlOf(cli);
      await cli.untilOutput('epoch      3/');
      const { samples, help } = await scrape(url);
      cli.process.kill('SIGUSR1');
      await cli.ended;

      const documentation = readFileSync('docs/metrics.md', 'utf8');
      const names = [...help.keys()].filter((name) => name.startsWith('lockstep_rank_'));
      expect(names).toHaveLength(5);
      for (const name of names) {
        const type = name.endsWith('_total') ? 'counter' : 'gauge';
        expect(documentation).toContain(`| \`${name}\` | ${type} | \`rank\` | ${help.get(name)} |`);
      }
      const of = (name: string, rank: number) => samples.get(`lockstep_rank_${name}{rank="${rank}"}`) ?? 0;
      for (const rank of [0, 1]) {
        expect(of('workers', rank)).toBe(1);
        expect(of('compute_seconds_total', rank)).toBeGreaterThan(0);
        expect(of('exchange_seconds_total', rank)).toBeGreaterThan(0);
      }
      // Both compute half of each batch; the last message of a rank is older than its last task.
      expect(of('samples_total', 1) / of('samples_total', 0)).toBeCloseTo(1, 1);
      expect(samples.get('lockstep_samples_total')).toBeGreaterThan(1.5 * of('samples_total', 0));
    },
  );

  test.skipIf(problem !== undefined)(
    `are in the end those of result.json${problem === undefined ? '' : ` (skipped: ${problem})`}`,
    async () => {
      const run = join(folder, `${launcher.name}-ended`);
      const length = ['--epochs', '2', '--workers', '1', '--no-metrics'];
      const cli = startCli(['train', '--run-dir', run, '--data', sliceDirectory, ...length], {
        wrapper: launcher.command(2),
        environment: launcher.environment,
      });
      expect(await cli.ended).toMatchObject({ exitCode: 0 });
      const { ranks } = JSON.parse(readFileSync(join(run, 'result.json'), 'utf8')) as RunResult;
      expect(ranks).toMatchObject([
        { rank: 0, workers: 1 },
        { rank: 1, workers: 1 },
      ]);
      expect(ranks?.reduce((sum, { samples }) => sum + samples, 0)).toBe(2 * 800);
    },
  );
});
