import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { type MpiLauncher, mpiLaunchers } from '../support/mpi.ts';
import { leftForGood, resumeTo, skipNote, startRanks, trainAlone } from '../support/mpi-run.ts';
import { outcomeOf } from '../support/run-outcome.ts';
import { sliceConfig, temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();
const program = fileURLToPath(new URL('train-with-faulty-rank.mjs', import.meta.url));
const epochs = 3;
/** In the second epoch. */
const step = 16;
let golden: Awaited<ReturnType<typeof outcomeOf>>;

beforeAll(async () => {
  golden = await trainAlone(join(folder, 'golden'), epochs);
});

async function trainWith(fault: 'throw' | 'nan', rank: number, launcher: MpiLauncher) {
  const run = join(folder, `${launcher.name}-${fault}-${rank}`);
  const config = sliceConfig({ epochs, workers: 2, runDir: run });
  const environment = { RANK_FAULT: JSON.stringify({ rank, step, fault, marker: `${run}.marker` }) };
  const ended = await startRanks(launcher, 2, [JSON.stringify(config)], { program, environment }).ended;
  expect(existsSync(`${run}.marker`)).toBe(true);
  return { run, ...ended };
}

describe.each(mpiLaunchers())('workers of ranks under $name', (launcher) => {
  test.skipIf(launcher.problem !== undefined).each([0, 1])(
    `of which one is lost are made whole while the other rank waits, to the same bits: rank %i${skipNote(launcher)}`,
    async (rank) => {
      const { run, exitCode, stderr } = await trainWith('throw', rank, launcher);
      expect(exitCode, stderr).toBe(0);
      expect(await outcomeOf(run)).toEqual(golden);
      expect(await leftForGood(run)).toEqual([]);
    },
  );

  test.skipIf(launcher.problem !== undefined)(
    `whose gradient is no number stop all ranks before the step${skipNote(launcher)}`,
    async () => {
      const { run, exitCode, stderr } = await trainWith('nan', 1, launcher);
      expect(exitCode, stderr).toBe(4);
      expect(stderr).toMatch(/epoch 2: .* is not finite in step \d+ of the epoch; the step was not taken/);
      expect(readdirSync(join(run, 'checkpoints')).length).toBeGreaterThan(0);
      await resumeTo(golden, run, launcher, 2);
    },
  );
});
