import { describe, expect, test } from 'vitest';
import { peer, peerProgram } from '../../bench/peers.ts';
import { findPythonWithTorch } from '../../bench/python-with-torch.ts';
import { officialDirectory } from '../coordinator/dataset/official-data.ts';

const python = findPythonWithTorch()?.command;
const problem =
  python === undefined
    ? 'no Python here can import torch'
    : officialDirectory === undefined
      ? 'no FashionMNIST on this machine: lockstep fetch-data'
      : undefined;

describe('bench/peers/pytorch.py', () => {
  test.skipIf(problem !== undefined)(
    `trains, validates and tests after each epoch${problem ? ` (skipped: ${problem})` : ''}`,
    { timeout: 120_000 },
    async () => {
      const call = {
        command: python as string,
        program: peerProgram('pytorch.py'),
        flags: ['--batches', '3'],
        threads: 1,
      };
      const figures = await peer('PyTorch', call, {
        epochs: 2,
        data: officialDirectory as string,
        evaluates: true,
      }).run();
      const [first, second] = figures.evaluatedEpochs ?? [];
      expect(first?.validationAccuracy).toBeGreaterThan(0.05);
      expect(second?.secondsSinceFirstStep).toBeGreaterThan(first?.secondsSinceFirstStep as number);
      expect(first?.testAccuracy).toBeGreaterThan(0.05);
      expect(first?.testAccuracy).not.toBe(first?.validationAccuracy);
      expect(figures.startupSeconds).toBeGreaterThan(0);
      const { epochs } = figures.report as { epochs: { loss: number }[] };
      // Three steps leave the loss near that of guessing, ln 10 = 2.30.
      for (const { loss } of epochs) expect(loss).toBeCloseTo(Math.log(10), 0);
    },
  );
});
