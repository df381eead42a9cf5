import type { RunView } from '../../shared/run-view.ts';
import { ThroughputSeries } from '../page/throughput-series.ts';
import { WorkerTimeSeries } from '../page/worker-time-series.ts';
import type { EpochRecord } from '../run/history.ts';
import type { WorkerEpoch } from '../run/worker-times.ts';

/**
 * The timeline of the workers and the throughput of each epoch, as far as they were kept: of a run that was resumed with
 * another number of workers, every epoch has as many as the largest.
 * @param rows of epochs that are in the history
 */
export function workerSeries(
  rows: readonly WorkerEpoch[],
  history: readonly EpochRecord[],
): Pick<RunView, 'workerTimes' | 'throughput'> {
  const workers = rows.reduce((most, { worker }) => Math.max(most, worker + 1), 0);
  if (workers === 0) return { workerTimes: [], throughput: [] };
  const byEpoch = new Map<number, WorkerEpoch[]>();
  for (const row of rows) byEpoch.set(row.epoch, [...(byEpoch.get(row.epoch) ?? []), row]);
  const times = new WorkerTimeSeries(workers);
  const throughput = new ThroughputSeries(workers);
  let from = 0;
  for (const { epoch, seconds, samplesPerSecond } of history) {
    const to = from + seconds;
    const present = byEpoch.get(epoch);
    if (present !== undefined) {
      const all = Array.from(
        { length: workers },
        (_, worker) => present.find((row) => row.worker === worker) ?? absent(epoch, worker),
      );
      times.add(all, from, to);
      const samples = all.map((row) => row.samples);
      const total = samples.reduce((sum, count) => sum + count, 0);
      if (total > 0) throughput.add(to, samples, total / samplesPerSecond);
    }
    from = to;
  }
  return { workerTimes: times.points, throughput: throughput.points };
}

function absent(epoch: number, worker: number): WorkerEpoch {
  return {
    epoch,
    worker,
    device: '',
    samples: 0,
    computeSeconds: 0,
    updateSeconds: 0,
    waitSeconds: 0,
    evaluationSeconds: 0,
    totalSeconds: 0,
    restarts: 0,
  };
}
