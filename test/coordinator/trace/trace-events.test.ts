import { describe, expect, test } from 'vitest';
import { TraceEvents, tracks } from '../../../src/coordinator/trace/trace-events.ts';

/** As they stand in a file. */
function parse(...parts: readonly string[]): unknown {
  return JSON.parse(`[${parts.join('')}]`);
}

describe('TraceEvents', () => {
  test('are JSON, with a separator between all of them, also where they are taken in parts', () => {
    const events = new TraceEvents();
    const take = () => Buffer.from(events.take()).toString();
    events.span(tracks.coordinator, 'step', 1, 1.5, { step: 3, loss: 0.25 });
    const first = take();
    events.span(11, 'wait', 2, 2);
    events.counter('loss', 2, 0.5);
    expect(parse(first, take())).toEqual([
      { ph: 'X', pid: 1, tid: 1, name: 'step', ts: 1e6, dur: 5e5, args: { step: 3, loss: 0.25 } },
      { ph: 'X', pid: 1, tid: 11, name: 'wait', ts: 2e6, dur: 0 },
      { ph: 'C', pid: 1, name: 'loss', ts: 2e6, args: { loss: 0.5 } },
    ]);
    expect(take()).toBe('');
  });

  test('give times in whole quarters of a microsecond, of which an end is the sum', () => {
    const events = new TraceEvents();
    events.span(1, 'long', 4000.00000012, 4000.00000262);
    events.span(1, 'last', 4000.0000014, 4000.00000262);
    expect(parse(Buffer.from(events.take()).toString())).toMatchObject([
      { ts: 4_000_000_000, dur: 2.5 },
      { ts: 4_000_000_001.5, dur: 1 },
    ]);
  });

  test('hold texts of any kind, and null for what is no number of JSON', () => {
    const events = new TraceEvents();
    const reason = 'worker 0: "größer"\n\\ and \u0007';
    events.instant(2, 'checkpoint failed', 0, { reason, loss: Number.NaN });
    expect(parse(Buffer.from(events.take()).toString())).toEqual([
      { ph: 'i', pid: 1, s: 't', tid: 2, name: 'checkpoint failed', ts: 0, args: { reason, loss: null } },
    ]);
  });
});
