import { MessageChannel } from 'node:worker_threads';
import * as Comlink from 'comlink';
import { Piscina } from 'piscina';
import { RunError } from '../shared/errors.ts';
import type { WorkerAssignment, WorkerControl, WorkerDescription, WorkerHealth } from '../shared/protocol.ts';

/** The path is the same seen from src/coordinator and from dist/coordinator; a thread always runs the build's output. */
const defaultWorkerFile = new URL('../../dist/worker/main.js', import.meta.url);

/** A worker that does not answer the control channel for so long is taken for hung: it answers within 50 ms otherwise. */
const answerDeadlineMilliseconds = 60_000;
const healthIntervalMilliseconds = 2_000;
const stopDeadlineMilliseconds = 5_000;

/** One long-lived thread of the pool. */
interface PooledWorker {
  worker: number;
  control: Comlink.Remote<WorkerControl>;
  /** Settles when the thread's task ends; rejects when it ends unasked. */
  ended: Promise<void>;
}

/**
 * A fixed number of worker threads. Piscina runs one task a thread for as long as the pool lives; Comlink is the control
 * channel. A Comlink call to a dead thread stays pending for ever, so each call here races the thread's end and a deadline.
 */
export class WorkerPool {
  readonly #piscina: Piscina;
  readonly #workers: readonly PooledWorker[];
  #stopping = false;

  /**
   * Starts a thread for each assignment.
   * @param workerFile module whose default export serves a worker
   */
  constructor(assignments: readonly WorkerAssignment[], workerFile: URL = defaultWorkerFile) {
    this.#piscina = new Piscina({
      filename: workerFile.href,
      minThreads: assignments.length,
      maxThreads: assignments.length,
      concurrentTasksPerWorker: 1,
      // A thread that waits for tasks in Atomics.wait would not serve its MessagePort.
      atomics: 'disabled',
      recordTiming: false,
    });
    this.#workers = assignments.map((assignment) => this.#startWorker(assignment));
  }

  /** Resolves when every worker is ready. */
  async describe(): Promise<WorkerDescription[]> {
    return this.#callEach('starting', (control) => control.describe());
  }

  async health(): Promise<WorkerHealth[]> {
    return this.#callEach('health', (control) => control.health());
  }

  /** Lets all workers work on the queue until it falls idle. @throws RunError when a worker ends or hangs. */
  async work(): Promise<void> {
    const watchdog = this.#watch();
    try {
      await Promise.race([
        watchdog.failed,
        Promise.all(
          this.#workers.map(({ control, ended, worker }) => untilEnd(control.start(), ended, worker)),
        ),
      ]);
    } finally {
      watchdog.stop();
    }
  }

  /** Ends all threads, at once those that do not end when asked. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const asked = this.#workers.map(async ({ control, ended }) => {
      await Promise.race([control.stop(), ended]);
      await ended;
    });
    const limit = deadline(stopDeadlineMilliseconds);
    await Promise.race([Promise.allSettled(asked), limit.expired]);
    limit.clear();
    await this.#piscina.destroy();
  }

  #startWorker(assignment: WorkerAssignment): PooledWorker {
    const { port1, port2 } = new MessageChannel();
    const ended = this.#piscina
      .run({ assignment, port: port2 }, { transferList: [port2] })
      .then(() => {
        if (!this.#stopping) throw new Error('it returned although nobody stopped it');
      })
      .finally(() => port1.close());
    // Whoever waits for the worker sees the rejection; while nobody does, it must not end the process.
    ended.catch(() => {});
    const control = Comlink.wrap<WorkerControl>(port1 as unknown as Comlink.Endpoint);
    return { worker: assignment.worker, control, ended };
  }

  /** Asks each worker for its health now and then: one in an endless loop does not answer. */
  #watch(): { failed: Promise<never>; stop: () => void } {
    let timer: NodeJS.Timeout | undefined;
    const failed = new Promise<never>((_, reject) => {
      timer = setInterval(() => this.health().catch(reject), healthIntervalMilliseconds);
    });
    return { failed, stop: () => clearInterval(timer) };
  }

  async #callEach<T>(
    what: string,
    call: (control: Comlink.Remote<WorkerControl>) => Promise<T>,
  ): Promise<T[]> {
    return Promise.all(
      this.#workers.map(async ({ control, ended, worker }) => {
        const limit = deadline(answerDeadlineMilliseconds);
        try {
          const answer = await Promise.race([untilEnd(call(control), ended, worker), limit.expired]);
          if (answer === expired) {
            throw new RunError(
              `worker ${worker} did not answer for ${answerDeadlineMilliseconds / 1000} s (${what}).`,
            );
          }
          return answer;
        } finally {
          limit.clear();
        }
      }),
    );
  }
}

const expired = Symbol('expired');

function deadline(milliseconds: number): { expired: Promise<typeof expired>; clear: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<typeof expired>((resolve) => {
    timer = setTimeout(() => resolve(expired), milliseconds);
  });
  return { expired: promise, clear: () => clearTimeout(timer) };
}

/** The call's answer, or the worker's end as a RunError. */
async function untilEnd<T>(call: Promise<T>, ended: Promise<void>, worker: number): Promise<T> {
  const end = ended.then(
    () => Promise.reject(new RunError(`worker ${worker} ended.`)),
    (cause: Error) =>
      Promise.reject(new RunError(`worker ${worker} ended: ${cause.message}.`, undefined, cause)),
  );
  return Promise.race([call, end]);
}
