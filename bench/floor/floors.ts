import { fixed, formatSpread } from '../../src/coordinator/bench/format-spread.ts';
import { pairedRatios, summarize } from '../../src/coordinator/bench/statistics.ts';
import { contestantNames as names } from '../comparisons.ts';

/**
 * A ratio that must not fall below a bound, however busy the machine. Only ratios: how fast a machine of continuous integration is
 * in absolute figures says nothing about the program.
 */
export interface Floor {
  numerator: string;
  denominator: string;
  atLeast: number;
  /** Why the floor is where it is. */
  reason: string;
  /** Of two cores, as many must be free for a low ratio to say anything. */
  freeCores: number;
}

export const floors: readonly Floor[] = [
  {
    numerator: names.twoWorkers,
    denominator: names.ddp,
    atLeast: 2,
    reason:
      '5.5 to 7 is usual, 4.5 was seen where others shared the machine, and 2.4 with seven other programs on two cores',
    freeCores: 0,
  },
  {
    numerator: names.twoWorkers,
    denominator: names.oneWorker,
    atLeast: 1.2,
    reason: '1.75 to 1.9 is usual on two free cores, of which another job may take one for a while',
    freeCores: 1.6,
  },
];

export interface Verdict {
  state: 'held' | 'broken' | 'skipped';
  line: string;
}

/**
 * Judges a floor by the best of the rounds: what else happens on the machine makes single rounds worse, but a program that became
 * slower makes all of them worse.
 * @param speeds samples/s of each contestant, in the order of the rounds
 * @param machine why contestants could not run, by their names; and how many of two cores were free, before the first run or after the
 *   last one, whichever is less
 */
export function judgeFloor(
  { numerator, denominator, atLeast, reason, freeCores: wanted }: Floor,
  speeds: ReadonlyMap<string, readonly number[]>,
  { missing, freeCores }: { missing: ReadonlyMap<string, string>; freeCores: number },
): Verdict {
  const ratio = `${numerator} / ${denominator}`;
  const absent = [numerator, denominator].find((name) => missing.has(name));
  if (absent !== undefined) {
    return { state: 'skipped', line: `skipped: ${ratio}: ${absent} is missing: ${missing.get(absent)}` };
  }
  const [above = [], below = []] = [numerator, denominator].map((name) => speeds.get(name));
  // A benchmark that measured nothing has not shown that anything holds.
  if (above.length === 0 || below.length === 0) {
    return { state: 'broken', line: `error: ${ratio}: no round was measured` };
  }
  const spread = summarize(pairedRatios(above, below));
  const measured = `${ratio}: ${formatSpread(spread, fixed(2))}, floor ${atLeast} (${reason})`;
  if (spread.max >= atLeast) return { state: 'held', line: `held: ${measured}` };
  if (freeCores < wanted) {
    const free = `${freeCores.toFixed(1)} of two cores were free, ${wanted} are needed to judge`;
    return { state: 'skipped', line: `skipped: ${measured}: ${free}` };
  }
  return { state: 'broken', line: `error: ${measured}: no round of ${above.length} reached it` };
}
