/** Something that is measured by letting it run. */
export interface Contestant<Figures> {
  name: string;
  run(): Promise<Figures>;
}

/**
 * Runs A B C A B C …, never two at once, so that a change of the machine's speed meets all of them.
 * @returns the figures of each contestant, by name, in the order of the rounds
 */
export async function runInterleaved<Figures>(
  contestants: readonly Contestant<Figures>[],
  rounds: number,
  onRun: (round: number, name: string, figures: Figures) => void = () => {},
): Promise<Map<string, Figures[]>> {
  const figures = new Map<string, Figures[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const { name, run } of contestants) {
      const result = await run();
      figures.get(name)?.push(result);
      onRun(round, name, result);
    }
  }
  return figures;
}
