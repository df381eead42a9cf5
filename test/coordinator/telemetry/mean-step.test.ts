import { describe, expect, test } from 'vitest';
import { meanStep } from '../../../src/coordinator/telemetry/mean-step.ts';
import { stepRecord } from '../../../src/shared/memory-layout.ts';

function record(fields: Partial<Record<keyof typeof stepRecord, number>>): number[] {
  const values = Array<number>(stepRecord.fields).fill(0);
  for (const [name, value] of Object.entries(fields))
    values[stepRecord[name as keyof typeof stepRecord]] = value;
  return values;
}

describe('meanStep', () => {
  test('is the mean over the steps of which there is a record', () => {
    const records = Float64Array.from([
      ...record({}),
      ...record({ seconds: 8, computeSeconds: 4, reduceSeconds: 2, optimizerSeconds: 1, waitSeconds: 1 }),
      ...record({ seconds: 4, computeSeconds: 2, gatherSeconds: 1, waitSeconds: 1 }),
    ]);
    expect(meanStep(records)).toEqual({
      steps: 2,
      seconds: 6,
      computeSeconds: 3,
      reduceSeconds: 1,
      optimizerSeconds: 0.5,
      gatherSeconds: 0.5,
      waitSeconds: 1,
    });
  });

  test('is zero where no step was taken', () => {
    expect(meanStep(new Float64Array(stepRecord.fields))).toMatchObject({ steps: 0, seconds: 0 });
  });
});
