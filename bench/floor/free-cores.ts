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
  const alone = await measurePeak(1);
  const together = await measurePeak(2);
  return together / Math.max(alone, together / 2);
}
