import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { defaultCacheDirectory } from '../../src/coordinator/dataset/dataset-cache.ts';
import { debianDataDirectory } from '../../src/coordinator/dataset/fashion-mnist.ts';
import recorded from '../fixtures/golden-hashes.json' with { type: 'json' };
import { everyOption } from '../support/every-option.ts';
import { mpiLaunchers } from '../support/mpi.ts';
import { skipNote, sliceSettings, startRanks, trainAlone } from '../support/mpi-run.ts';
import { outcomeOf } from '../support/run-outcome.ts';
import { temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();
const everyOptionPreset = join(folder, 'every-option.json');
const hasFullData = [defaultCacheDirectory(), debianDataDirectory].some(existsSync);
let runs = 0;

/** How ranks can share the micro-shards of a step. */
const cuts = {
  // Six micro-shards, and in the last step three: one of four ranks then has none.
  plain: { epochs: 2, settings: [], recorded: recorded.slice },
  'every option': {
    epochs: 3,
    settings: ['--config', everyOptionPreset],
    recorded: recorded.everything,
  },
  // Gradients of three batches are added up before a step, and clipped.
  accumulation: { epochs: 2, settings: ['--accumulate', '3', '--clip-norm', '0.01', '--batch-norm'] },
  // Two micro-shards: of three ranks one never has any.
  'few micro-shards': { epochs: 1, settings: ['--micro-batch', '32'] },
} as const satisfies Record<string, { epochs: number; settings: readonly string[]; recorded?: string }>;
type Cut = keyof typeof cuts;

const golden = {} as Record<Cut, Awaited<ReturnType<typeof outcomeOf>>>;

beforeAll(async () => {
  writeFileSync(everyOptionPreset, JSON.stringify(everyOption));
  for (const cut of Object.keys(cuts) as Cut[]) {
    const { epochs, settings } = cuts[cut];
    golden[cut] = await trainAlone(join(folder, `golden ${cut}`), epochs, settings);
  }
});

describe('a process that is alone', () => {
  test.each(['plain', 'every option'] as const)('leaves the recorded bits: %s', (cut) => {
    expect(golden[cut].weights).toBe(cuts[cut].recorded);
  });
});

describe.each(mpiLaunchers())('under $name', (launcher) => {
  const { problem } = launcher;

  test.skipIf(problem !== undefined).each<{ ranks: number; workers: number; cut: Cut }>([
    { ranks: 1, workers: 4, cut: 'plain' },
    { ranks: 2, workers: 2, cut: 'plain' },
    { ranks: 4, workers: 1, cut: 'plain' },
    { ranks: 3, workers: 2, cut: 'plain' },
    { ranks: 3, workers: 1, cut: 'every option' },
    { ranks: 2, workers: 2, cut: 'accumulation' },
    { ranks: 3, workers: 1, cut: 'few micro-shards' },
  ])(
    `$ranks ranks with $workers workers leave the bits of one worker: $cut${skipNote(launcher)}`,
    async ({ ranks, workers, cut }) => {
      const run = join(folder, `run-${runs++}`);
      const { epochs, settings } = cuts[cut];
      const sizes = ['--epochs', String(epochs), '--workers', String(workers)];
      const args = ['--run-dir', run, ...sliceSettings, ...sizes, ...settings];
      const ended = await startRanks(launcher, ranks, args).ended;
      expect(ended, ended.stderr).toMatchObject({ exitCode: 0 });
      expect(await outcomeOf(run)).toEqual(golden[cut]);
    },
  );

  test.skipIf(problem !== undefined)(
    `2 ranks leave the recorded bits of all images${skipNote(launcher)}`,
    async (context) => {
      if (!hasFullData) context.skip('FashionMNIST is not on this machine: lockstep fetch-data');
      const run = join(folder, `run-${runs++}`);
      const args = ['--run-dir', run, '--epochs', '1', '--workers', '1', '--no-metrics'];
      expect(await startRanks(launcher, 2, args).ended).toMatchObject({ exitCode: 0 });
      const result = JSON.parse(readFileSync(join(run, 'result.json'), 'utf8'));
      expect(result.weightsSha256).toBe(recorded.oneEpoch);
      expect(result.ranks).toHaveLength(2);
    },
  );
});
