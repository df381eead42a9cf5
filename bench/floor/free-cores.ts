import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as PeakModule from '../../src/coordinator/bench/measure-peak.ts';

/** Of the build: the probe is found relative to it. */
const measurePeakModule = pathToFileURL(resolve('dist', 'coordinator', 'bench', 'measure-peak.js')).href;

/**
 * How many of two cores this process can have now: what two threads compute together, by what one does. Measured, as a container
 * may be told of more cores than it may use, and of a load that is not its own.
 */
export async function measureFreeCores(): Promise<number> {
  const { measurePeak } = (await import(measurePeakModule)) as typeof PeakModule;
  return freeCores(await measurePeak(1), await measurePeak(2));
}

/**
 * @param alone what one thread computes in a second
 * @param together what two threads do
 * @returns at most 2: where one alone came to less than half, it was disturbed itself
 */
export function freeCores(alone: number, together: number): number {
  return together / Math.max(alone, together / 2);
}
