import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunView, RunViewUpdate } from '../../src/shared/run-view.ts';
import { applyUpdate, updateBetween } from '../../src/shared/run-view-update.ts';

/** Objects that are the same where their numbers are, as those of a view that was read twice. */
const point = (
  (pool: { epoch: number }[]) => (epoch: number) =>
    (pool[epoch] ??= { epoch })
)([]);

const views = fc
  .record({
    run: fc.constantFrom('a', 'b'),
    best: fc.option(fc.nat(3).map(point), { nil: undefined }),
    history: fc.array(fc.nat(20).map(point), { maxLength: 12 }),
    events: fc.array(fc.nat(3).map(point), { maxLength: 3 }),
  })
  .map((fields) => ({ stepLosses: [], throughput: [], workerTimes: [], ...fields }) as unknown as RunView);

const sent = (update: RunViewUpdate) => JSON.parse(JSON.stringify(update)) as RunViewUpdate;

describe('an update', () => {
  test('leads from any view to any other, through JSON', () => {
    fc.assert(
      fc.property(views, views, (before, now) => {
        expect(applyUpdate(before, sent(updateBetween(before, now)))).toEqual(now);
      }),
    );
  });

  test('holds what is new in a list that grew, and nothing of what is as it was', () => {
    const before = {
      run: 'a',
      best: point(1),
      history: [point(1), point(2)],
      events: [],
      stepLosses: [],
      throughput: [],
      workerTimes: [],
    } as unknown as RunView;
    const now = { ...before, history: [...before.history, point(3)] } as unknown as RunView;
    expect(updateBetween(before, now)).toEqual({
      fields: {},
      series: { history: { from: 2, items: [point(3)] } },
    });
  });
});
