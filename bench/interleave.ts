/** What one run of a contestant is judged by. */
export interface RunFigures {
  /** Of the training loop alone. */
  samplesPerSecond: number;
  /** From the command to the first step. */
  startupSeconds: number;
  /** Largest resident set of one process. */
  peakMemoryBytes: number;
  /** Share of the workers' time in training steps that is not gradient kernels, 0 to 1; undefined for peers. */
  nonGradientShare: number | undefined;
  /** All that the program itself reported. */
  report: Readonly<Record<string, unknown>>;
}

/** A program that takes part. */
export interface Contestant {
  name: string;
  run(): Promise<RunFigures>;
}

/**
 * Runs A B C A B C …, never two at once, so that a change of the machine's speed meets all of them.
 * @returns the figures of each contestant, by name, in the order of the rounds
 */
export async function runInterleaved(
  contestants: readonly Contestant[],
  rounds: number,
  onRun: (round: number, name: string, figures: RunFigures) => void = () => {},
): Promise<Map<string, RunFigures[]>> {
  const figures = new Map<string, RunFigures[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const { name, run } of contestants) {
      const result = await run();
      figures.get(name)?.push(result);
      onRun(round, name, result);
    }
  }
  return figures;
}
