import { Piscina } from 'piscina';
import { within } from '../../shared/deadline.ts';
import { RunError } from '../../shared/errors.ts';
import type { WorkerAssignment } from '../../shared/protocol.ts';
import { PooledWorker, WorkerLoss } from './pooled-worker.ts';

/** The path is the same seen from src/ and from dist/; a thread always runs the build's output. */
const defaultWorkerFile = new URL('../../../dist/worker/main.js', import.meta.url);
const stopDeadlineMilliseconds = 5_000;

export interface WorkerPoolOptions {
  /** A worker that does not answer for so long is taken for hung and replaced. */
  workerTimeoutSeconds: number;
  /** How many workers may be lost in a row while no step is finished. */
  maxWorkerRestarts: number;
  /** Module whose default export serves a worker. */
  workerFile?: URL | undefined;
  /**
   * Told of each worker that was replaced.
   * @param reason a clause such as "worker 1 ended: …"
   */
  onWorkerReplaced?: ((worker: number, reason: string) => void) | undefined;
}

/** The work that the pool drives, as it must be stopped and taken up again when workers are lost. */
export interface RecoverableWork {
  /** Asks all workers to return from the queue. */
  pause(): void;
  /** Called when no worker is in the queue: what the lost ones left unfinished is offered again. */
  recover(): void;
  /** Grows with each finished step. */
  readonly progress: number;
}

/**
 * A fixed number of worker threads, on each of which Piscina runs one task for as long as the pool lives. A lost worker is
 * replaced by a new thread in its place.
 */
export class WorkerPool {
  readonly #piscina: Piscina;
  readonly #assignments: readonly WorkerAssignment[];
  readonly #options: WorkerPoolOptions;
  readonly #workers: PooledWorker[];
  readonly #restarts: number[];
  #restartsInARow = 0;
  #progressAtRestart = -1;
  #isStopping = false;

  /** Starts a thread for each assignment. */
  constructor(assignments: readonly WorkerAssignment[], options: WorkerPoolOptions) {
    this.#assignments = assignments;
    this.#restarts = assignments.map(() => 0);
    this.#options = options;
    this.#piscina = new Piscina({
      filename: (options.workerFile ?? defaultWorkerFile).href,
      minThreads: assignments.length,
      maxThreads: assignments.length,
      concurrentTasksPerWorker: 1,
      // A thread that waits for tasks in Atomics.wait would not serve its MessagePort.
      atomics: 'disabled',
      recordTiming: false,
      // The tensors lie outside of it: a worker's heap holds a few MB. One that grows without end fails early, and alone.
      resourceLimits: { maxOldGenerationSizeMb: 256 },
    });
    // A thread that fails without a task is replaced by Piscina; the failure of one with a task reaches its PooledWorker.
    this.#piscina.on('error', () => {});
    this.#workers = assignments.map((assignment) => this.#start(assignment));
  }

  /** Resolves when every worker is ready. @throws RunError when workers fail again and again */
  async ready(): Promise<void> {
    await this.#untilAllSucceed((worker) => worker.ready(), -1);
  }

  /**
   * Lets all workers work until the queue falls idle, replacing those that are lost.
   * @throws RunError when workers are lost again and again
   */
  async work(work: RecoverableWork): Promise<void> {
    for (;;) {
      const losses = await this.#attempt(
        (worker) => worker.work(),
        () => work.pause(),
      );
      if (losses.length === 0) return;
      await this.#replace(losses, work.progress);
      await this.#untilAllSucceed((worker) => worker.ready(), work.progress);
      work.recover();
    }
  }

  /** Of each worker: what it computes on, and how often it was replaced. */
  describe(): { device: string; restarts: number }[] {
    return this.#workers.map(({ device }, worker) => ({
      device: device ?? 'unknown',
      restarts: this.#restarts[worker] as number,
    }));
  }

  /** Ends all threads, at once those that do not end when asked. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.allSettled(this.#workers.map((worker) => worker.stop(stopDeadlineMilliseconds)));
    await within(stopDeadlineMilliseconds, this.#piscina.destroy());
  }

  #start(assignment: WorkerAssignment): PooledWorker {
    return new PooledWorker(this.#piscina, assignment, this.#options.workerTimeoutSeconds);
  }

  async #untilAllSucceed(call: (worker: PooledWorker) => Promise<void>, progress: number): Promise<void> {
    for (;;) {
      const losses = await this.#attempt(call);
      if (losses.length === 0) return;
      await this.#replace(losses, progress);
    }
  }

  /**
   * Calls all workers, and waits for all: in the end none of them is in the call any more.
   * @returns the losses that matter: none while the pool is stopped, where a call may still be under way
   * @throws what is no loss, when all the others have returned
   */
  async #attempt(call: (worker: PooledWorker) => Promise<void>, onLoss?: () => void): Promise<WorkerLoss[]> {
    const outcomes = await Promise.allSettled(
      this.#workers.map((worker) =>
        call(worker).catch((error: unknown) => {
          onLoss?.();
          throw error;
        }),
      ),
    );
    const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    const losses = errors.filter((error) => error instanceof WorkerLoss);
    if (losses.length < errors.length) throw errors.find((error) => !(error instanceof WorkerLoss));
    return this.#isStopping ? [] : losses;
  }

  async #replace(losses: readonly WorkerLoss[], progress: number): Promise<void> {
    if (progress !== this.#progressAtRestart) this.#restartsInARow = 0;
    this.#progressAtRestart = progress;
    for (const loss of losses) {
      this.#restartsInARow++;
      if (this.#restartsInARow > this.#options.maxWorkerRestarts) {
        throw new RunError(
          `${loss.message}; workers were lost ${this.#restartsInARow} times in a row without a finished step.`,
          'See the cause with --verbose; --max-worker-restarts allows more.',
          loss,
        );
      }
      this.#restarts[loss.worker] = (this.#restarts[loss.worker] as number) + 1;
      this.#options.onWorkerReplaced?.(loss.worker, loss.message);
      this.#workers[loss.worker] = this.#start(this.#assignments[loss.worker] as WorkerAssignment);
    }
  }
}

/** For people: what happened to a worker, given the reason of its replacement. */
export function describeReplacement(reason: string): string {
  return `${reason}; a new one took its place.`;
}
