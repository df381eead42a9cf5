import { ConfigError } from '../../shared/errors.ts';

const prefixes = ['', 'k', 'm', 'g', 't'];
const timeUnits = { s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, ns: 1e-9 } as const;

/**
 * `10Gbit`, `25 Gbit/s`, `100Gbps`, `1.2GB/s`, `800 MiB/s`: a large B is a byte, a small one a bit.
 * @returns bytes a second
 * @throws ConfigError
 */
export function parseBandwidth(text: string): number {
  const [, number, prefix = '', binary, unit = ''] =
    /^(\d+(?:\.\d+)?)\s*([kMGT]?|[Kmgt])(i?)([bB]its?|[bB]ytes?|b|B)(?:\/s|ps)?$/.exec(text.trim()) ?? [];
  const power = prefixes.indexOf(prefix.toLowerCase());
  const bits = unit === 'B' || /byte/i.test(unit) ? 8 : 1;
  const bytesPerSecond = (Number(number) * (binary === 'i' ? 1024 : 1000) ** power * bits) / 8;
  if (bytesPerSecond > 0 && Number.isFinite(bytesPerSecond)) return bytesPerSecond;
  throw new ConfigError([
    `--bandwidth must be a rate above 0 like "10Gbit", "25Gbit/s" or "1.2GB/s", got "${text}".`,
  ]);
}

/**
 * `20us`, `50 µs`, `0.1ms`.
 * @returns seconds
 * @throws ConfigError
 */
export function parseLatency(text: string): number {
  // The micro sign and the Greek letter look the same.
  const [, number, unit] =
    /^(\d+(?:\.\d+)?)\s*(s|ms|us|µs|ns)$/.exec(text.trim().replace('\u03bc', '\u00b5')) ?? [];
  const seconds = Number(number) * (timeUnits[unit as keyof typeof timeUnits] ?? Number.NaN);
  if (Number.isFinite(seconds)) return seconds;
  throw new ConfigError([`--latency must be a time like "20us", "50 µs" or "0.1ms", got "${text}".`]);
}
