/**
 * Seconds since 1970, to about a quarter of a microsecond: the same on all threads of a process, whatever the origin from
 * which their `performance.now()` counts, and never stepping back.
 */
export function wallClockSeconds(): number {
  return (performance.timeOrigin + performance.now()) / 1000;
}
