import type { WorkerTime } from '../../shared/run-view.ts';
import type { WorkerEpoch } from '../run/worker-times.ts';
import { ThinnedSeries } from './thinned-series.ts';

/** Points of all workers together; but at least `fewestEpochs` for each. */
const pointLimit = 4000;
const fewestEpochs = 24;
const mostEpochs = 400;

/** The timeline of the workers: a row for each worker and stretch of epochs. */
export class WorkerTimeSeries {
  readonly #epochs: ThinnedSeries<readonly WorkerTime[]>;

  constructor(workers: number) {
    const fitting = Math.floor(pointLimit / workers / 2) * 2;
    const limit = Math.min(mostEpochs, Math.max(fewestEpochs, fitting));
    this.#epochs = new ThinnedSeries(limit, (earlier, later) =>
      earlier.map((time, worker) => mergeTimes(time, later[worker] as WorkerTime)),
    );
  }

  /**
   * @param rows of one epoch, one for each worker
   * @param from when the epoch began, in seconds of the run
   * @param to when it ended
   */
  add(rows: readonly WorkerEpoch[], from: number, to: number): void {
    this.#epochs.add(rows.map((row) => timeOf(row, from, to)));
  }

  /** A point that has not changed since the last call is the same object. */
  get points(): WorkerTime[] {
    return this.#epochs.points.flat();
  }
}

function timeOf(row: WorkerEpoch, from: number, to: number): WorkerTime {
  return {
    worker: row.worker,
    fromEpoch: row.epoch,
    toEpoch: row.epoch,
    from,
    to,
    samples: row.samples,
    compute: row.computeSeconds,
    update: row.updateSeconds,
    wait: row.waitSeconds,
    evaluation: row.evaluationSeconds,
    restarts: row.restarts,
  };
}

function mergeTimes(earlier: WorkerTime, later: WorkerTime): WorkerTime {
  return {
    worker: earlier.worker,
    fromEpoch: earlier.fromEpoch,
    toEpoch: later.toEpoch,
    from: earlier.from,
    to: later.to,
    samples: earlier.samples + later.samples,
    compute: earlier.compute + later.compute,
    update: earlier.update + later.update,
    wait: earlier.wait + later.wait,
    evaluation: earlier.evaluation + later.evaluation,
    restarts: earlier.restarts + later.restarts,
  };
}
