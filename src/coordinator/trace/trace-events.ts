/**
 * Events of the Trace Event Format, as one line of JSON each, which Perfetto and chrome://tracing read
 * (https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU). Times are given in seconds since the
 * beginning of the trace. Names must need no escaping.
 */

/** Between two events of a file. */
export const separator = ',\n';

/** The tracks; those of the workers follow. */
export const tracks = { coordinator: 1, checkpoints: 2, firstWorker: 10 } as const;

/**
 * A stretch of time. On one track they must not overlap, but may lie within each other.
 * @param details a JSON object
 */
export function spanEvent(track: number, name: string, begin: number, end: number, details = '{}'): string {
  const from = countQuarters(begin);
  const duration = countQuarters(end) - from;
  return `{"ph":"X","pid":1,"tid":${track},"ts":${quarters(from)},"dur":${quarters(duration)},"name":"${name}","args":${details}}`;
}

/** Something that happened at a moment. */
export function instantEvent(
  track: number,
  name: string,
  time: number,
  details: Readonly<Record<string, unknown>> = {},
): string {
  return `{"ph":"i","s":"t","pid":1,"tid":${track},"ts":${quarters(countQuarters(time))},"name":"${name}","args":${JSON.stringify(details)}}`;
}

/** A value that changes: a curve above the tracks. */
export function counterEvent(name: string, time: number, value: number): string {
  return `{"ph":"C","pid":1,"ts":${quarters(countQuarters(time))},"name":"${name}","args":{"${name}":${value}}}`;
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
function countQuarters(seconds: number): number {
  return Math.round(seconds * 4e6);
}

const fractions = ['', '.25', '.5', '.75'];

/** As microseconds, the unit of the format. Much faster than to print them as the fractions that they are. */
function quarters(count: number): string {
  const whole = Math.floor(count / 4);
  return `${whole}${fractions[count - 4 * whole]}`;
}
