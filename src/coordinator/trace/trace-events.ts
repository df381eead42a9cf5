/**
 * Events of the Trace Event Format, as one line of JSON each, which Perfetto and chrome://tracing read
 * (https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU). Times are given in seconds since the
 * beginning of the trace. Names must need no escaping.
 */

/** The tracks; those of the workers follow. */
export const tracks = { coordinator: 1, checkpoints: 2, firstWorker: 10 } as const;

type Arguments = Readonly<Record<string, unknown>>;

/** A stretch of time. On one track they must not overlap, but may lie within each other. */
export function spanEvent(
  track: number,
  name: string,
  begin: number,
  end: number,
  details: Arguments = {},
): string {
  const from = microseconds(begin);
  const duration = microseconds(end) - from;
  return `{"ph":"X","pid":1,"tid":${track},"ts":${from},"dur":${duration},"name":"${name}","args":${JSON.stringify(details)}}`;
}

/** Something that happened at a moment. */
export function instantEvent(track: number, name: string, time: number, details: Arguments = {}): string {
  return `{"ph":"i","s":"t","pid":1,"tid":${track},"ts":${microseconds(time)},"name":"${name}","args":${JSON.stringify(details)}}`;
}

/** A value that changes: a curve above the tracks. */
export function counterEvent(name: string, time: number, value: number): string {
  return `{"ph":"C","pid":1,"ts":${microseconds(time)},"name":"${name}","args":{"${name}":${value}}}`;
}

export function processNameEvent(name: string): string {
  return JSON.stringify({ ph: 'M', pid: 1, name: 'process_name', args: { name } });
}

/** Tracks are shown in the order of their numbers. */
export function trackNameEvents(track: number, name: string): string[] {
  return [
    JSON.stringify({ ph: 'M', pid: 1, tid: track, name: 'thread_name', args: { name } }),
    JSON.stringify({ ph: 'M', pid: 1, tid: track, name: 'thread_sort_index', args: { sort_index: track } }),
  ];
}

/**
 * Quarters of a microsecond are what the threads' clock can tell apart, and are exact in binary: so readers that add begin and
 * duration find that a span and the last one in it end at the same time.
 */
function microseconds(seconds: number): number {
  return Math.round(seconds * 4e6) / 4;
}
