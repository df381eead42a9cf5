import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { readCheckpoint } from '../../src/coordinator/checkpoint/checkpoint-file.ts';
import { hashWeights } from '../../src/coordinator/weights-hash.ts';
import { type MpiLauncher, mpiLaunchers } from '../support/mpi.ts';
import { leftForGood, resumeTo, skipNote, startRanks, trainAlone } from '../support/mpi-run.ts';
import type { outcomeOf } from '../support/run-outcome.ts';
import { sliceConfig, temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();
const program = fileURLToPath(new URL('train-with-faulty-rank.mjs', import.meta.url));
const epochs = 4;
const stepsPerEpoch = 13;
let golden: Awaited<ReturnType<typeof outcomeOf>>;
let runs = 0;

beforeAll(async () => {
  golden = await trainAlone(join(folder, 'golden'), epochs);
});

/** Where the bit is flipped; a step looks at one of 16 ranges of parameters, and a validation at all. */
interface Flip {
  rank: number;
  step: number;
  index: number;
}

async function trainWith(flip: Flip, launcher: MpiLauncher, ranks: number) {
  const run = join(folder, `run-${runs++}`);
  const config = sliceConfig({ epochs, runDir: run });
  const fault = { ...flip, fault: 'flip', marker: `${run}.marker` };
  const ended = await startRanks(launcher, ranks, [JSON.stringify(config)], {
    program,
    environment: { RANK_FAULT: JSON.stringify(fault) },
  }).ended;
  return { run, ...ended };
}

describe.each(mpiLaunchers())('a flipped bit of a parameter under $name', (launcher) => {
  test.skipIf(launcher.problem !== undefined).each([
    // In the second epoch: its parameters must not be kept.
    { ranks: 3, rank: 1, index: 40_000, who: /rank 1 has other parameters than the other ranks/ },
    { ranks: 3, rank: 0, index: 0, who: /rank 0 has other parameters than the other ranks/ },
    { ranks: 2, rank: 1, index: 61_705, who: /the parameters of rank 0 and of rank 1 differ/ },
  ])(
    `ends the run and is not kept: rank $rank of $ranks${skipNote(launcher)}`,
    async ({ ranks, rank, index, who }) => {
      const step = stepsPerEpoch + 3;
      const { run, exitCode, stderr } = await trainWith({ rank, step, index }, launcher, ranks);
      expect(exitCode, stderr).toBe(4);
      expect(stderr).toMatch(who);
      const [, found] = /after step (\d+)\./.exec(stderr) ?? [];
      expect(Number(found)).toBeGreaterThanOrEqual(step);
      // At the latest by the validation of the epoch.
      expect(Number(found)).toBeLessThanOrEqual(2 * stepsPerEpoch);
      expect(stderr).not.toContain('Saved');
      expect(await leftForGood(run)).toEqual([]);
      expect(existsSync(join(run, 'result.json'))).toBe(false);
      const checkpoints = readdirSync(join(run, 'checkpoints'));
      expect(checkpoints).toEqual([`step-${String(stepsPerEpoch).padStart(9, '0')}.safetensors`]);
      const { parameters } = await readCheckpoint(join(run, 'checkpoints', checkpoints[0] as string));
      expect(hashWeights(parameters)).toBe(golden.history[0]?.weightsSha256);
      await resumeTo(golden, run, launcher, 1);
    },
  );
});
