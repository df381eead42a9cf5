import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { interruptAt, restoreThreads } from './interrupted-thread.ts';
import { SimulatedTraining } from './simulated-training.ts';

/** What a dying thread throws out of the product's code, at a place where the operating system would just stop it. */
class Death extends Error {}

function die(): never {
  throw new Death();
}

function onlyDeath(error: unknown): void {
  if (!(error instanceof Death)) throw error;
}

afterAll(restoreThreads);

/**
 * Works to the end, whatever dies on the way; what the coordinator does in between is not interrupted.
 * @param moments of each thread's death, counted from its start; the last one lives
 * @returns how many moments the last one lived through
 */
async function workThrough(training: SimulatedTraining, moments: readonly number[]): Promise<number> {
  for (const moment of [...moments, undefined]) {
    const life = interruptAt(new Map(moment === undefined ? [] : [[moment, die]]));
    try {
      await training.work();
      return life.passed();
    } catch (error) {
      onlyDeath(error);
      restoreThreads();
      training.recover();
    } finally {
      restoreThreads();
    }
  }
  throw new Error('the thread died although nobody told it to');
}

describe('StepPhases', () => {
  const training = new SimulatedTraining();
  /** As text, which is compared faster, and tells apart 0 and -0. */
  let undisturbed: string;
  /** Moments of an undisturbed epoch at which a thread can die. */
  let moments: number;

  beforeAll(async () => {
    training.reset();
    training.openEpoch();
    moments = await workThrough(training, []);
    undisturbed = JSON.stringify(training.state());
  });

  test('take the steps of an epoch', () => {
    const state = JSON.parse(undisturbed);
    expect(state).toMatchObject({ idle: true, paused: false, globalStep: 2, epochStep: 2, failed: false });
    expect(state.vectors.flat().every((value: number) => Math.abs(value) < 1e6)).toBe(true);
    expect(moments).toBeGreaterThan(400);
  });

  test('lead to the same bits wherever a thread dies', async () => {
    for (let moment = 0; moment < moments; moment++) {
      training.reset();
      training.openEpoch();
      await workThrough(training, [moment]);
      expect(JSON.stringify(training.state()), `death at moment ${moment}`).toBe(undisturbed);
    }
  });

  test('lead to the same bits wherever threads die one after the other', async () => {
    const lives = fc.array(fc.oneof(fc.nat(120), fc.nat(moments - 1)), { minLength: 2, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(lives, async (deaths) => {
        training.reset();
        training.openEpoch();
        await workThrough(training, deaths);
        expect(JSON.stringify(training.state())).toBe(undisturbed);
      }),
      { numRuns: 1000 },
    );
  });

  const tasks = 3 + 16 + 2 + 16;
  /** Where the other thread would wait it fails, which has the same effect: it sleeps until the first one is done. */
  const otherWorks = (claims: number) => () => void training.workOther(claims).catch(() => {});

  test('lead to the same bits when one thread is held up anywhere while another does any part of the rest', async () => {
    for (let moment = 0; moment < moments; moment++) {
      for (let claims = 1; claims <= tasks; claims++) {
        training.reset();
        training.openEpoch();
        interruptAt(new Map([[moment, otherWorks(claims)]]));
        await training.work().finally(restoreThreads);
        if (JSON.stringify(training.state()) !== undisturbed)
          expect.unreachable(`other bits after ${claims} claims of the other thread at moment ${moment}`);
      }
    }
  });

  test('lead to the same bits when a thread was held up and then dies', async () => {
    const lives = fc.record({
      heldUp: fc.nat(moments - 1),
      claims: fc.integer({ min: 1, max: tasks }),
      livesOn: fc.integer({ min: 1, max: 30 }),
    });
    await fc.assert(
      fc.asyncProperty(lives, async ({ heldUp, claims, livesOn }) => {
        training.reset();
        training.openEpoch();
        interruptAt(
          new Map([
            [heldUp, otherWorks(claims)],
            [heldUp + livesOn, die],
          ]),
        );
        await training.work().catch(onlyDeath).finally(restoreThreads);
        training.recover();
        await workThrough(training, []);
        expect(JSON.stringify(training.state())).toBe(undisturbed);
      }),
      { numRuns: 20_000 },
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
    const poisoned = new SimulatedTraining((memory, globalStep, slot) => {
      if (globalStep === 1 && slot === 1) memory.gradientSum(slot)[0] = Number.NaN;
    });
    poisoned.reset();
    poisoned.openEpoch();
    const poisonedMoments = await workThrough(poisoned, []);
    const stopped = poisoned.state();
    expect(stopped).toMatchObject({ idle: true, globalStep: 1, epochStep: 1, failed: true });
    for (let moment = 0; moment < poisonedMoments; moment++) {
      poisoned.reset();
      poisoned.openEpoch();
      await workThrough(poisoned, [moment]);
      expect(poisoned.state(), `death at moment ${moment}`).toEqual(stopped);
    }
  });
});
