import { fileURLToPath } from 'node:url';
import { type EndedProcess, endCli } from './cli-process.ts';
import type { MpiLauncher } from './mpi.ts';

const program = fileURLToPath(new URL('./mpi-program.mjs', import.meta.url));

/** What the ranks of a scenario of mpi-program.mjs printed, each a line of JSON, and how the launcher ended. */
export async function runRanks(
  launcher: MpiLauncher,
  ranks: number,
  scenario: string,
  library: string | undefined = launcher.library,
): Promise<EndedProcess & { answers: Record<string, unknown>[] }> {
  const ended = await endCli([scenario, ...(library === undefined ? [] : [library])], {
    wrapper: launcher.command(ranks),
    environment: launcher.environment,
    program,
  });
  const lines = ended.stdout.split('\n').filter((line) => line.startsWith('{'));
  return { ...ended, answers: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}
