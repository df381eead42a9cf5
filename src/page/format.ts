/** What is shown in place of a number that is not known. */
export const unknown = '–';

export function formatCount(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** @param ratio 0 to 1 */
export function formatPercent(ratio: number, digits = 1): string {
  return `${(ratio * 100).toFixed(digits)} %`;
}

/** Four decimals, as in the terminal. */
export function formatLoss(loss: number): string {
  return Number.isFinite(loss) ? loss.toFixed(4) : unknown;
}

/** A learning rate: `0`, `0.02`, `7.5e-4`. */
export function formatRate(rate: number): string {
  if (rate === 0 || rate >= 0.01) return String(Number(rate.toPrecision(3)));
  return rate.toExponential(2).replace(/\.?0+e/, 'e');
}

/** `0.08 s`, `7.4 s`, `2 min 05 s`, `3 h 07 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(seconds < 1 ? 2 : seconds < 10 ? 1 : 0)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** For an axis: `0`, `0.5 s`, `2 min`, `1 h 30 min`. */
export function formatTime(seconds: number): string {
  if (seconds < 60) return seconds === 0 ? '0' : `${Number(seconds.toFixed(1))} s`;
  return formatDuration(seconds).replace(/ 00 (s|min)$/, '');
}

/** For an axis: `0`, `500`, `72k`, `1.5M`. */
export function formatShort(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  if (value >= 1e3) return `${Number((value / 1e3).toPrecision(3))}k`;
  return String(Number(value.toPrecision(3)));
}

/** `batchSize` as `batch size`. */
export function formatKey(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
