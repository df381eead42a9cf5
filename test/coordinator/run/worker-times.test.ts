import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatWorkerTimes,
  parseWorkerTimes,
  type WorkerEpoch,
} from '../../../src/coordinator/run/worker-times.ts';

const seconds = fc.nat(10_000_000).map((microseconds) => microseconds / 1e6);
const rows = fc.array(
  fc.record<WorkerEpoch>({
    epoch: fc.integer({ min: 1, max: 1_000_000 }),
    worker: fc.nat(255),
    device: fc.constantFrom('cpu', 'cuda:0', 'webgpu'),
    samples: fc.nat(),
    computeSeconds: seconds,
    updateSeconds: seconds,
    waitSeconds: seconds,
    evaluationSeconds: seconds,
    totalSeconds: seconds,
    restarts: fc.nat(9),
  }),
);

describe('workers.csv', () => {
  test('is read as it was written, to the microsecond', () => {
    fc.assert(
      fc.property(rows, (all) => {
        expect(parseWorkerTimes(formatWorkerTimes(all), 'x')).toEqual(all);
      }),
    );
  });

  const header =
    'epoch,worker,device,samples,compute_seconds,update_seconds,wait_seconds,evaluation_seconds,total_seconds,restarts';

  test.each([
    ['', 'x, line 1: expected the columns epoch,worker,'],
    [`${header}\n1,0,cpu,8`, 'x, line 2: expected 10 columns, got 4.'],
    [
      `${header}\n1,0,cpu,8,1,1,1,-1,1,0`,
      'x, line 2: evaluation_seconds must be a number of seconds, got "-1".',
    ],
    [`${header}\n1.5,0,cpu,8,1,1,1,1,1,0`, 'x, line 2: epoch must be a whole number, got "1.5".'],
    [`${header}\n1,0,cpu,,1,1,1,1,1,0\n`, 'x, line 2: samples must be a whole number, got "".'],
  ])('%j is refused: %s', (text, message) => {
    expect(() => parseWorkerTimes(text, 'x')).toThrow(message);
  });
});
