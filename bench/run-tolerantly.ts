import { type Contestant, runInterleaved } from '../src/coordinator/bench/interleave.ts';
import { formatCount } from '../src/coordinator/terminal/table.ts';
import { isLockstep } from './comparisons.ts';
import type { MissingContestant } from './contestants.ts';
import type { RunFigures } from './run-figures.ts';

/**
 * Runs the contestants in turn. A peer that fails is out for the rest of the rounds, and its figures with it, for ratios are taken
 * round by round; the others go on, since a benchmark of half an hour is not to be lost to another project's program.
 * @param onRun told of each outcome, for a reader
 * @throws Error where lockstep fails: that is no matter of the benchmark
 */
export async function runTolerantly(
  contestants: readonly Contestant<RunFigures>[],
  rounds: number,
  onRun: (round: number, name: string, outcome: string) => void,
): Promise<{ runs: Map<string, RunFigures[]>; failed: MissingContestant[] }> {
  const failures = new Map<string, string>();
  const tolerant = contestants.map(
    ({ name, run }): Contestant<RunFigures | undefined> => ({
      name,
      async run() {
        if (failures.has(name)) return undefined;
        try {
          return await run();
        } catch (error) {
          if (isLockstep(name)) throw error;
          failures.set(name, error instanceof Error ? error.message : String(error));
          return undefined;
        }
      },
    }),
  );
  const outcomes = await runInterleaved(tolerant, rounds, (round, name, figures) => {
    const speed = figures && `${formatCount(figures.samplesPerSecond)} samples/s`;
    onRun(round, name, speed ?? `failed: ${failures.get(name)}`);
  });
  const runs = new Map<string, RunFigures[]>();
  for (const [name, all] of outcomes) {
    const complete = all.filter((figures) => figures !== undefined);
    if (complete.length === rounds) runs.set(name, complete);
  }
  return {
    runs,
    failed: [...failures].map(([name, message]) => ({ name, nextStep: `it failed: ${lastLine(message)}` })),
  };
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) as string;
}
