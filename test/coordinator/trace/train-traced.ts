import { join } from 'node:path';
import { traceRun } from '../../../src/coordinator/trace/trace-file.ts';
import { train } from '../../../src/coordinator/trainer.ts';
import type { TrainedRun, TrainingOptions } from '../../../src/coordinator/training-options.ts';
import type { Config } from '../../../src/shared/config.ts';
import { defaultTraceCapacity } from '../../../src/shared/trace-ring.ts';
import { sliceConfig, temporaryFolder } from '../../support/training.ts';

/** Of the test file that imports this; removed after its tests. */
export const folder = temporaryFolder();
let runs = 0;

/** Trains on the slice with a trace; what the run throws is returned. */
export async function trainTraced(
  settings: Partial<Config> = {},
  options: TrainingOptions & { path?: string } = {},
): Promise<{ path: string; notices: string[]; run: TrainedRun | undefined; error: unknown }> {
  const runDir = join(folder, `run-${runs++}`);
  const { path = `${runDir}.json`, ...trainingOptions } = options;
  const notices: string[] = [];
  const observer = await traceRun(path, (text) => notices.push(text));
  const outcome = await train(sliceConfig({ workers: 2, ...settings, runDir }), {
    traceCapacity: defaultTraceCapacity,
    ...trainingOptions,
    listener: { ...observer.listener, ...options.listener },
  }).then(
    (run) => ({ run, error: undefined }),
    (error: unknown) => ({ run: undefined, error }),
  );
  await observer.close(new AbortController().signal);
  return { path, notices, ...outcome };
}
