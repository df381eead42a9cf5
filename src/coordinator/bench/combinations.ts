import { dealDevices } from '../../shared/device.ts';

/** Strong: the batch stays as it is. Weak: it grows with the workers, each of which has as much to do as one alone. */
export const scalings = ['strong', 'weak'] as const;
export type Scaling = (typeof scalings)[number];

/** So many workers on a list of devices, and their batch. */
export interface Combination {
  /** Two combinations of one name are one thing to measure. */
  name: string;
  scaling: Scaling;
  devices: readonly string[];
  workers: number;
  /** Of one optimizer step, for all workers together. */
  batchSize: number;
}

/**
 * All that is to be measured: for each kind of scaling each number of workers on each list of devices. Weak scaling of one worker
 * alone is no scaling, and left out.
 * @param lists resolved devices
 * @param workersOf numbers of workers on a list
 * @param batchSize of strong scaling, and for a worker of weak scaling
 */
export function listCombinations(
  kinds: readonly Scaling[],
  lists: readonly (readonly string[])[],
  workersOf: (devices: readonly string[]) => readonly number[],
  batchSize: number,
): Combination[] {
  const combinations = kinds.flatMap((scaling) =>
    lists.flatMap((devices) =>
      workersOf(devices).map((workers) => {
        const ofAll = scaling === 'weak' ? batchSize * workers : batchSize;
        const batch = ofAll === batchSize ? '' : `, batch ${ofAll}`;
        const name = nameDealt(dealDevices(devices, workers)) + batch;
        return { name, scaling, devices, workers, batchSize: ofAll };
      }),
    ),
  );
  const strong = combinations.filter(({ scaling }) => scaling === 'strong');
  const grows = combinations.some(({ scaling, workers }) => scaling === 'weak' && workers > 1);
  return grows || strong.length === 0 ? combinations : strong;
}

/**
 * The numbers of workers that are measured where none are named: on the processor 1, 2, 4, … and one a core, else one, and one for
 * each device.
 */
export function workersToMeasure(devices: readonly string[], cores: number): number[] {
  if (devices.some((device) => device !== 'cpu')) return [...new Set([1, devices.length])];
  const powers = Array.from({ length: 32 - Math.clz32(cores) }, (_, power) => 2 ** power);
  return [...new Set([...powers, cores])];
}

/** `2 on cuda:0, 1 on cuda:1`. */
function nameDealt(dealt: readonly string[]): string {
  return [...new Set(dealt)]
    .map((device) => `${dealt.filter((each) => each === device).length} on ${device}`)
    .join(', ');
}
