import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { readSettings } from '../../src/coordinator/config/config-sources.ts';
import { openRunToResume } from '../../src/coordinator/run/resume.ts';
import { train } from '../../src/coordinator/trainer.ts';
import type { TrainedRun, TrainingOptions } from '../../src/coordinator/training-options.ts';
import type { Config } from '../../src/shared/config.ts';
import { filesIn } from './run-outcome.ts';

/** Goes on with a run, as `lockstep train --resume` does. */
export async function resumeRun(
  run: string,
  settings: Partial<Config> = {},
  options: TrainingOptions = {},
): Promise<TrainedRun & { notices: string[] }> {
  const notices: string[] = [];
  const resume = await openRunToResume(run, [readSettings(settings, 'the test')], (text) => {
    notices.push(text);
  });
  try {
    return { ...(await train(resume.config, { ...options, resume })), notices };
  } finally {
    await resume.lock.release();
  }
}

/** The SHA-256 of every file in a folder, by its path in it: equal before and after means that nothing was changed. */
export function fingerprint(directory: string): Record<string, string> {
  return Object.fromEntries(
    filesIn(directory)
      .sort()
      .map((path) => [
        relative(directory, path),
        createHash('sha256').update(readFileSync(path)).digest('hex'),
      ]),
  );
}
