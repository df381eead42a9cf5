import { describe, expect, test } from 'vitest';
import { Failure } from '../../../src/coordinator/collective/failure.ts';

const never = () => new Promise<never>(() => {});

describe('a failure', () => {
  test('that does not come leaves the outcome of work as it is', async () => {
    const failure = new Failure();
    await expect(failure.guard(Promise.resolve(3))).resolves.toBe(3);
    await expect(failure.guard(Promise.reject(new Error('its own')))).rejects.toThrow('its own');
  });

  test('ends all that waits, and all that would begin to wait', async () => {
    const failure = new Failure();
    const waiting = [failure.guard(never()), failure.guard(never())];
    failure.fail(new Error('the first'));
    failure.fail(new Error('the second'));
    for (const each of [...waiting, failure.guard(never())]) await expect(each).rejects.toThrow('the first');
  });

  test('that nobody waits for, and work that fails behind it, end no process', async () => {
    const failure = new Failure();
    let fail: (error: Error) => void = () => {};
    const work = new Promise<void>((_, reject) => {
      fail = reject;
    });
    const guarded = failure.guard(work);
    failure.fail(new Error('the ranks are lost'));
    await expect(guarded).rejects.toThrow('the ranks are lost');
    // Vitest would report an unhandled rejection.
    fail(new Error('a worker was stopped'));
    await new Promise((resolve) => setImmediate(resolve));
  });
});
