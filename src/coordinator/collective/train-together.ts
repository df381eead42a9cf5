import { setTimeout as sleep } from 'node:timers/promises';
import type { CollectiveSettings } from '../../shared/collective-settings.ts';
import type { Launcher } from '../../shared/launcher.ts';
import { reportFailure } from '../terminal/report-failure.ts';
import { DisagreementError } from './agreement.ts';
import { alone, type Collective } from './collective.ts';

/** What the first rank may take to save a checkpoint. */
const graceMilliseconds = 1_000;
/** What a launcher may take to hand on what a rank printed: MPICH's was seen to end the job without that, once, on a busy machine. */
const forwardMilliseconds = 200;

/**
 * Runs a training alone, or together with the other processes that a launcher started. A rank that fails ends the job: its process
 * ends without leaving it in order, and the launcher ends the others.
 * @param settings read only where there are others
 * @param onJoin told how the process can be ended while a thread of it is in native code
 * @param run returns the exit code of the process
 * @throws what `run` throws, where the process is alone
 */
export async function trainTogether(
  launcher: Launcher | undefined,
  settings: () => CollectiveSettings,
  verbose: boolean,
  onJoin: (exitNow: (exitCode: number) => never) => void,
  run: (collective: Collective) => Promise<number>,
): Promise<void> {
  if (launcher === undefined || launcher.size === 1) {
    process.exitCode = await run(alone);
    return;
  }
  // Loaded only here: most runs need no MPI.
  const { MpiCollective } = await import('./mpi-collective.ts');
  const { loadImmediateExit } = await import('./immediate-exit.ts');
  const exitNow = await loadImmediateExit();
  onJoin(exitNow);
  let collective: Awaited<ReturnType<typeof MpiCollective.join>> | undefined;
  try {
    collective = await MpiCollective.join(launcher, settings());
    const exitCode = await run(collective);
    await collective.leave();
    if (collective.isStuck) exitNow(exitCode);
    process.exitCode = exitCode;
  } catch (error) {
    const code = reportOfRank(error, launcher.rank, verbose);
    // The others have to save, and to say what they saw: the first that ends, ends them.
    await sleep(launcher.rank === 0 ? forwardMilliseconds : graceMilliseconds);
    await collective?.abort(code);
    exitNow(code);
  }
}

/** What all ranks know is told by the first alone. */
function reportOfRank(error: unknown, rank: number, verbose: boolean): number {
  if (rank === 0) return reportFailure(error, verbose);
  if (error instanceof DisagreementError) return error.exitCode;
  console.error(`rank ${rank}:`);
  return reportFailure(error, verbose);
}
