import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { peer, peerProgram } from '../../bench/peers.ts';
import { findPythonWithTorch } from '../../bench/python-with-torch.ts';

const data = '/usr/share/datasets/fashion-mnist';
const python = findPythonWithTorch()?.command;
const problem =
  python === undefined
    ? 'no Python here can import torch'
    : existsSync(data)
      ? undefined
      : 'the Debian package dataset-fashion-mnist is not installed';

describe('bench/peers/pytorch.py', () => {
  test.skipIf(problem !== undefined)(
    `trains, validates after each epoch and tests the best weights${problem ? ` (skipped: ${problem})` : ''}`,
    { timeout: 120_000 },
    async () => {
      const call = {
        command: python as string,
        program: peerProgram('pytorch.py'),
        flags: ['--batches', '3'],
        threads: 1,
      };
      const figures = await peer('PyTorch', call, { epochs: 2, data, evaluates: true }).run();
      const [first, second] = figures.evaluation?.epochs ?? [];
      expect(first?.validationAccuracy).toBeGreaterThan(0.05);
      expect(second?.secondsSinceFirstStep).toBeGreaterThan(first?.secondsSinceFirstStep as number);
      expect(figures.evaluation?.testAccuracy).toBeGreaterThan(0.05);
      expect(figures.startupSeconds).toBeGreaterThan(0);
      const { epochs } = figures.report as { epochs: { loss: number }[] };
      // Three steps leave the loss near that of guessing, ln 10 = 2.30.
      for (const { loss } of epochs) expect(loss).toBeCloseTo(Math.log(10), 0);
    },
  );
});
