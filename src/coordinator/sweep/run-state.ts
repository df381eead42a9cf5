import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { DataError, RunError } from '../../shared/errors.ts';
import { exists } from '../exists.ts';
import { parseJson } from '../parse-json.ts';
import { runFiles } from '../run/run-files.ts';
import { lockRunDirectory } from '../run/run-lock.ts';

/** Of a run's folder. */
export type RunState = 'new' | 'interrupted' | 'complete';

const resultSchema = z.object({
  weightsSha256: z.string(),
  bestEpoch: z.number(),
  bestValidationAccuracy: z.number(),
  seconds: z.number(),
  samplesPerSecond: z.number(),
});

/** What a sweep takes from a run's result.json. */
export type SweptResult = z.infer<typeof resultSchema>;

/** After so long, whoever holds a run's folder is not on its way out. */
const patienceMilliseconds = 30_000;
const pauseMilliseconds = 100;

/** A run that is complete has a result, which is written last. */
export async function runState(folder: string): Promise<RunState> {
  if (await exists(join(folder, runFiles.result))) return 'complete';
  return (await exists(join(folder, runFiles.config))) ? 'interrupted' : 'new';
}

/** @returns undefined of a run that is not complete. @throws DataError for what no run writes */
export async function readResult(folder: string): Promise<SweptResult | undefined> {
  const path = join(folder, runFiles.result);
  if (!(await exists(path))) return undefined;
  const text = await readFile(path, 'utf8');
  const parsed = resultSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new DataError(
    `${path} is not what a run writes.`,
    'Remove it, and call the sweep again: its run writes it anew.',
  );
}

/** Waits for what is left of a sweep that was killed: its runs save and end. What stays, the run that wants the folder reports. */
export async function untilReleased(folder: string): Promise<void> {
  const deadline = performance.now() + patienceMilliseconds;
  while ((await isInUse(folder)) && performance.now() < deadline) await setTimeout(pauseMilliseconds);
}

async function isInUse(folder: string): Promise<boolean> {
  try {
    await (await lockRunDirectory(folder)).release();
    return false;
  } catch (error) {
    if (error instanceof RunError) return true;
    throw error;
  }
}
