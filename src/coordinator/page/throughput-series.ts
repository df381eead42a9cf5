import type { ThroughputPoint } from '../../shared/run-view.ts';
import { ThinnedSeries } from './thinned-series.ts';

/** Numbers of all points together; but at least `fewestPoints`. */
const numberLimit = 20_000;
const fewestPoints = 60;
const mostPoints = 600;

/** Throughput in total and of each worker, thinned. */
export class ThroughputSeries {
  readonly #points: ThinnedSeries<ThroughputPoint>;

  constructor(workers: number) {
    const fitting = Math.floor(numberLimit / (workers + 2) / 2) * 2;
    this.#points = new ThinnedSeries(Math.min(mostPoints, Math.max(fewestPoints, fitting)), mergeThroughput);
  }

  /**
   * @param seconds of the run
   * @param samples by each worker since the last point
   * @param trainingSeconds that passed since then
   */
  add(seconds: number, samples: readonly number[], trainingSeconds: number): void {
    const perWorker = samples.map((count) => Math.round(count / trainingSeconds));
    const total = samples.reduce((sum, count) => sum + count, 0);
    this.#points.add({ seconds, samplesPerSecond: Math.round(total / trainingSeconds), perWorker });
  }

  get points(): ThroughputPoint[] {
    return this.#points.points;
  }
}

function mergeThroughput(earlier: ThroughputPoint, later: ThroughputPoint, share: number): ThroughputPoint {
  const mean = (first: number, second: number) => Math.round(first * share + second * (1 - share));
  return {
    seconds: later.seconds,
    samplesPerSecond: mean(earlier.samplesPerSecond, later.samplesPerSecond),
    perWorker: earlier.perWorker.map((each, worker) => mean(each, later.perWorker[worker] as number)),
  };
}
