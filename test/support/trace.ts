import { readFileSync } from 'node:fs';

/** An event of a trace, with what some kinds of events lack left at its default. */
export interface TraceEvent {
  ph: 'X' | 'i' | 'C' | 'M';
  tid: number;
  name: string;
  ts: number;
  /** Microseconds, and those of `ts`. */
  end: number;
  args: Record<string, number | string>;
}

/** @throws SyntaxError where the file is not whole */
export function readTrace(path: string): TraceEvent[] {
  return parseTrace(readFileSync(path, 'utf8'));
}

export function parseTrace(text: string): TraceEvent[] {
  const events = JSON.parse(text) as (TraceEvent & { dur?: number })[];
  return events.map(({ dur = 0, ...event }) => ({ ...event, end: event.ts + dur }));
}

/** Spans of one name, in the order of their beginnings. */
export function spansNamed(events: readonly TraceEvent[], name: string): TraceEvent[] {
  return events.filter((event) => event.ph === 'X' && event.name === name).sort((a, b) => a.ts - b.ts);
}

/** Track numbers by the names that are shown. */
export function tracksOf(events: readonly TraceEvent[]): Map<string, number> {
  const names = events.filter(({ name }) => name === 'thread_name');
  return new Map(names.map(({ tid, args }) => [String(args['name']), tid]));
}
