import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DataParallel } from '../../../src/coordinator/data-parallel.ts';
import { RunTelemetry } from '../../../src/coordinator/telemetry/run-telemetry.ts';
import { setUpTraining } from '../../../src/coordinator/training-setup.ts';
import { TrainingState } from '../../../src/coordinator/training-state.ts';
import { sliceConfig, temporaryFolder } from '../../support/training.ts';

const folder = temporaryFolder();

/** The session as it looks while its workers take a step between any two reads. */
function hurrying(session: DataParallel): DataParallel {
  return new Proxy(session, {
    get(target, key) {
      if (key === 'globalStep' || key === 'epochStep') {
        target.placeCursor(target.globalStep + 1, target.epochStep + 1);
      }
      return Reflect.get(target, key, target);
    },
  });
}

describe('RunTelemetry', () => {
  test('numbers a step right although another one is taken while it is read', async () => {
    const config = sliceConfig({ runDir: join(folder, 'run') });
    const setup = await setUpTraining(config, {});
    try {
      const state = new TrainingState(config, setup, undefined);
      const run = new RunTelemetry(config, folder, { ...setup, session: hurrying(setup.session) }, state);
      const reader = run.stepReader();
      const numbers = Array.from({ length: 3 }, () =>
        reader.read().map(({ globalStep }) => globalStep),
      ).flat();
      // The reader begins with the second: the first was taken when it looked.
      expect(numbers).toEqual(numbers.map((_, index) => index + 2));
      expect(numbers.length).toBeGreaterThan(2);
    } finally {
      await setup.session.stop();
    }
  });
});
