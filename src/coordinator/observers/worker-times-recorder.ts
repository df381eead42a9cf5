import { join } from 'node:path';
import { runFiles } from '../run/run-files.ts';
import { readWorkerTimes, type WorkerEpoch, writeWorkerTimes } from '../run/worker-times.ts';
import type { RunTelemetry } from '../telemetry/run-telemetry.ts';
import { WorkerEpochs } from '../telemetry/worker-epochs.ts';
import type { Observer } from './observer.ts';

/**
 * Keeps workers.csv in the run folder: what each worker did in each epoch. It is written beside the run, which does not end
 * when that fails.
 * @param onNotice told once when the file cannot be written, or what it held before cannot be read
 */
export function recordWorkerTimes(onNotice: (text: string) => void): Observer {
  let path = '';
  let epochs: WorkerEpochs | undefined;
  let rows: WorkerEpoch[] = [];
  /** Rows of the epochs before a resume, read while the first epoch trains. */
  let earlier: Promise<WorkerEpoch[]> = Promise.resolve([]);
  let writing: Promise<void> | undefined;
  let isStale = false;
  let hasFailed = false;

  const notice = (error: unknown) => {
    if (!hasFailed) onNotice(`the workers' times are not kept: ${(error as Error).message}`);
    hasFailed = true;
  };

  /** Writes until the file holds all rows; epochs that end meanwhile share the next write. */
  const write = async () => {
    const before = await earlier;
    while (isStale) {
      isStale = false;
      await writeWorkerTimes(path, [...before, ...rows]);
    }
  };

  return {
    listener: {
      onStart: (run: RunTelemetry) => {
        path = join(run.directory, runFiles.workers);
        epochs = new WorkerEpochs(run);
        earlier = rowsBefore(path, run.epoch).catch((error: unknown) => {
          onNotice((error as Error).message);
          return [];
        });
      },
      onEpochEnd: ({ epoch }) => {
        rows = [...rows, ...(epochs?.next(epoch) ?? [])];
        isStale = true;
        writing ??= write()
          .catch(notice)
          .finally(() => {
            writing = undefined;
          });
      },
    },
    close: async () => {
      await writing;
    },
  };
}

/** A checkpoint may be older than the file: what is trained once more is written once more. */
async function rowsBefore(path: string, epoch: number): Promise<WorkerEpoch[]> {
  if (epoch === 1) return [];
  const rows = (await readWorkerTimes(path)) ?? [];
  return rows.filter((row) => row.epoch < epoch);
}
