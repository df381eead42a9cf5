import { join } from 'node:path';
import { expect } from 'vitest';
import { endCli } from './cli-process.ts';
import { leftBehind, outcomeOf, readAllFiles } from './run-outcome.ts';
import { type SystemCall, temporaryPathOf, traceCli } from './strace.ts';
import { sliceDirectory } from './training.ts';

type Outcome = Awaited<ReturnType<typeof outcomeOf>>;

/** A run of 2 epochs of 16 steps that saves every 5 steps and keeps one checkpoint. */
export const trainInto = (run: string) => [
  ...['train', '--run-dir', run, '--data', sliceDirectory, '--epochs', '2', '--batch-size', '50'],
  ...['--workers', '1', '--checkpoint-every', '5 steps', '--keep-checkpoints', '1'],
];
export const resume = (run: string) => ['train', '--resume', run, '--workers', '3'];

/** The save of step 10, which replaces the checkpoint of step 5. */
export function filesOfSave(run: string) {
  const checkpoints = join(run, 'checkpoints');
  const saved = join(checkpoints, 'step-000000010.safetensors');
  const replaced = join(checkpoints, 'step-000000005.safetensors');
  return { saved, paths: [temporaryPathOf(saved), saved, replaced, checkpoints] };
}

/** Runs it undisturbed. @returns the system calls of that save, in order, and what the run ends with */
export async function traceUndisturbed(run: string): Promise<{ calls: SystemCall[]; golden: Outcome }> {
  const traced = await traceCli(trainInto(run), { paths: filesOfSave(run).paths });
  expect(traced.exitCode, traced.stderr).toBe(0);
  const first = traced.calls.findIndex(({ line }) => line.includes('O_CREAT'));
  const last = traced.calls.findIndex(
    ({ kind, line }) => kind === 'unlink' && line.includes('step-000000005'),
  );
  return { calls: traced.calls.slice(first, last + 1), golden: await outcomeOf(run) };
}

/** All files that have a name are whole, and a resume ends as if nothing had happened. */
export async function expectResumeTo(golden: Outcome, run: string): Promise<void> {
  await readAllFiles(run);
  expect(await endCli(resume(run))).toMatchObject({ exitCode: 0 });
  expect(await outcomeOf(run)).toEqual(golden);
  expect(leftBehind(run)).toEqual([]);
}
