import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { SimulatedTraining } from './simulated-training.ts';

/** What a dying thread throws out of the product's code, at a place where the operating system would just stop it. */
class Death extends Error {}

const operations = ['load', 'store', 'add', 'compareExchange', 'notify'] as const;

afterEach(() => {
  vi.restoreAllMocks();
});

/**
 * Lets the thread die at the given moments: moment 2n is before its n-th operation on shared words, 2n + 1 right after it.
 * Between two such moments lie only plain writes.
 * @returns counts the moments that passed
 */
function dieAt(moments: readonly number[]): { passed: () => number } {
  const due = new Set(moments);
  let moment = 0;
  const pass = () => {
    if (moment > 100_000) throw new Error('the queue runs without end');
    if (due.has(moment++)) throw new Death();
  };
  const original = { ...Object.fromEntries(operations.map((name) => [name, Atomics[name]])) };
  for (const name of operations) {
    const operation = original[name] as (...words: unknown[]) => number;
    vi.spyOn(Atomics, name).mockImplementation((...words: unknown[]) => {
      pass();
      const result = operation(...words);
      pass();
      return result;
    });
  }
  // No other thread is there to wake this one: a state that it waits in is one that a run would hang in.
  vi.spyOn(Atomics, 'wait').mockImplementation(() => {
    throw new Error('the queue is stuck');
  });
  return { passed: () => moment };
}

/**
 * Works to the end, whatever dies on the way; what the coordinator does in between is not interrupted.
 * @param moments of each thread's death, counted from its start; the last one lives
 * @returns how many moments the last one lived through
 */
async function workThrough(training: SimulatedTraining, moments: readonly number[]): Promise<number> {
  for (const moment of [...moments, undefined]) {
    const death = dieAt(moment === undefined ? [] : [moment]);
    try {
      await training.work();
      vi.restoreAllMocks();
      return death.passed();
    } catch (error) {
      if (!(error instanceof Death)) throw error;
      vi.restoreAllMocks();
      training.recover();
    }
  }
  throw new Error('the thread died although nobody told it to');
}

describe('StepPhases', () => {
  let training: SimulatedTraining;
  let undisturbed: ReturnType<SimulatedTraining['state']>;
  /** Moments of an undisturbed epoch at which a thread can die. */
  let moments: number;

  beforeAll(async () => {
    training = await SimulatedTraining.create();
    training.reset();
    training.openEpoch();
    moments = await workThrough(training, []);
    undisturbed = training.state();
  });

  test('take the steps of an epoch', () => {
    expect(undisturbed).toMatchObject({
      idle: true,
      paused: false,
      globalStep: 2,
      epochStep: 2,
      failed: false,
    });
    expect(undisturbed.records.flat().every((value) => value >= 0)).toBe(true);
    expect(moments).toBeGreaterThan(400);
  });

  test('lead to the same bits wherever a thread dies', async () => {
    for (let moment = 0; moment < moments; moment++) {
      training.reset();
      training.openEpoch();
      await workThrough(training, [moment]);
      expect(training.state(), `death at moment ${moment}`).toEqual(undisturbed);
    }
  });

  test('lead to the same bits wherever threads die one after the other', async () => {
    const lives = fc.array(fc.oneof(fc.nat(120), fc.nat(moments - 1)), { minLength: 2, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(lives, async (deaths) => {
        training.reset();
        training.openEpoch();
        await workThrough(training, deaths);
        expect(training.state()).toEqual(undisturbed);
      }),
      { numRuns: 150 },
    );
  });

  test('lead to the same evaluation wherever a thread dies', async () => {
    training.reset();
    training.openEvaluation();
    const evaluationMoments = await workThrough(training, []);
    const scores = training.scores();
    for (let moment = 0; moment < evaluationMoments; moment++) {
      training.reset();
      training.openEvaluation();
      await workThrough(training, [moment]);
      expect(training.scores(), `death at moment ${moment}`).toEqual(scores);
      expect(training.state()).toMatchObject({ idle: true, paused: false });
    }
  });

  test('do not take a step that is not finite, wherever a thread dies', async () => {
    const poisoned = await SimulatedTraining.create((memory, globalStep, slot) => {
      if (globalStep === 1 && slot === 1) memory.gradientSum(slot)[61_705] = Number.NaN;
    });
    poisoned.reset();
    poisoned.openEpoch();
    const poisonedMoments = await workThrough(poisoned, []);
    const stopped = poisoned.state();
    expect(stopped).toMatchObject({ idle: true, globalStep: 1, epochStep: 1, failed: true });
    expect(stopped.records).toEqual(undisturbed.records.slice(0, 1));
    // The first half is the step before, as above.
    for (let moment = poisonedMoments >> 1; moment < poisonedMoments; moment++) {
      poisoned.reset();
      poisoned.openEpoch();
      await workThrough(poisoned, [moment]);
      expect(poisoned.state(), `death at moment ${moment}`).toEqual(stopped);
    }
  });
});
