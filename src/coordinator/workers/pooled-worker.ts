import { once } from 'node:events';
import { MessageChannel, type Worker } from 'node:worker_threads';
import * as Comlink from 'comlink';
import type { Piscina } from 'piscina';
import { within } from '../../shared/deadline.ts';
import { isInThread } from '../../shared/device.ts';
import { RunError } from '../../shared/errors.ts';
import type { WorkerAssignment, WorkerControl } from '../../shared/protocol.ts';

/** A thread that was told to die and does not: it hangs in native code, and nothing can be done but end the process. */
const exitDeadlineMilliseconds = 10_000;

/** Why a worker is of no more use; the cause says how it ended. */
export class WorkerLoss extends Error {
  readonly worker: number;

  constructor({ worker, device }: WorkerAssignment, how: string, cause?: unknown) {
    super(`worker ${worker}${isInThread(device) ? '' : ` on ${device}`} ${how}`, { cause });
    this.worker = worker;
  }
}

/**
 * One long-lived thread of the pool and its control channel. A Comlink call to a dead thread stays pending for ever, so each
 * call here races the thread's end and a deadline.
 */
export class PooledWorker {
  readonly #assignment: WorkerAssignment;
  readonly #piscina: Piscina;
  readonly #control: Comlink.Remote<WorkerControl>;
  readonly #abort = new AbortController();
  /** Rejects when the thread ends unasked. */
  readonly #ended: Promise<void>;
  readonly #timeoutMilliseconds: number;
  /** int32[1] in shared memory: pid of the process that computes for the worker, 0 while there is none. */
  readonly #processId = new Int32Array(new SharedArrayBuffer(4));
  #stopping = false;
  #device: string | undefined;

  /** @param timeoutSeconds a worker that does not answer for so long is taken for hung; it answers within 50 ms otherwise */
  constructor(piscina: Piscina, assignment: WorkerAssignment, timeoutSeconds: number) {
    const { port1, port2 } = new MessageChannel();
    this.#assignment = assignment;
    this.#piscina = piscina;
    this.#timeoutMilliseconds = timeoutSeconds * 1000;
    this.#ended = piscina
      .run(
        { assignment, port: port2, processId: this.#processId },
        { transferList: [port2], signal: this.#abort.signal },
      )
      .then(
        () => {
          if (!this.#stopping) throw new WorkerLoss(this.#assignment, 'ended although nobody stopped it');
        },
        (cause: Error) => {
          throw new WorkerLoss(this.#assignment, `ended: ${cause.message}`, cause);
        },
      )
      .finally(() => {
        port1.close();
        this.#killProcess();
      });
    // Whoever waits for the worker sees the rejection; while nobody does, it must not end the process.
    this.#ended.catch(() => {});
    this.#control = Comlink.wrap<WorkerControl>(port1 as unknown as Comlink.Endpoint);
  }

  /** Resolves when the worker is ready. @throws WorkerLoss */
  async ready(): Promise<void> {
    const { device } = await this.#answer(this.#control.describe());
    this.#device = device;
  }

  /** What it computes on; undefined until it is ready. */
  get device(): string | undefined {
    return this.#device;
  }

  /**
   * Lets the worker work on the queue until it falls idle or is paused; probes meanwhile whether it still answers.
   * @throws WorkerLoss, after which the thread does not write any more
   */
  async work(): Promise<void> {
    const work = this.#untilEnd(this.#control.start());
    // The losing promise of a race may reject later, when nobody waits for it.
    work.catch(() => {});
    for (;;) {
      const finished = await within(this.#timeoutMilliseconds / 2, work);
      if (finished !== undefined) return;
      await this.#answer(this.#control.health());
    }
  }

  /** Asks the thread to end, and makes it end if it does not. */
  async stop(timeoutMilliseconds: number): Promise<void> {
    this.#stopping = true;
    const ended = Promise.race([this.#control.stop(), this.#ended]).then(() => this.#ended);
    const inTime = await within(timeoutMilliseconds, ended).catch(() => undefined);
    if (inTime === undefined) await this.#terminate();
  }

  /** The call's answer in time. @throws WorkerLoss after a hung thread was ended */
  async #answer<T>(call: Promise<T>): Promise<T> {
    const answer = await within(this.#timeoutMilliseconds, this.#untilEnd(call));
    if (answer !== undefined) return answer.value;
    await this.#terminate();
    throw new WorkerLoss(this.#assignment, `did not answer for ${this.#timeoutMilliseconds / 1000} s`);
  }

  /** The call's answer. @throws WorkerLoss when the thread ends first, or when the call fails: then the thread was ended */
  async #untilEnd<T>(call: Promise<T>): Promise<T> {
    const end = this.#ended.then(() => Promise.reject(new WorkerLoss(this.#assignment, 'was stopped')));
    try {
      return await Promise.race([call, end]);
    } catch (error) {
      if (error instanceof WorkerLoss) throw error;
      await this.#terminate();
      throw new WorkerLoss(
        this.#assignment,
        `failed: ${error instanceof Error ? error.message : String(error)}`,
        error,
      );
    }
  }

  /** Resolves when the thread is gone: only then may its tasks be given to others, for it cannot write any more. */
  async #terminate(): Promise<void> {
    const before = this.#piscina.threads;
    // Piscina takes the thread off its list and terminates it, but does not tell when it has ended.
    this.#abort.abort();
    const after = new Set(this.#piscina.threads);
    const ending = before.filter((thread: Worker) => !after.has(thread));
    const exits = Promise.all(ending.map((thread) => once(thread, 'exit')));
    if ((await within(exitDeadlineMilliseconds, exits)) !== undefined) return;
    for (const thread of ending) thread.unref();
    throw new RunError(`worker ${this.#assignment.worker} hangs in native code and cannot be ended.`);
  }

  /**
   * Ends the process that an ended thread has left. It ends by itself when its thread does, unless it is stopped (SIGSTOP). Its
   * thread alone waits for its exit, so the pid cannot have gone to another process.
   */
  #killProcess(): void {
    const pid = Atomics.exchange(this.#processId, 0, 0);
    if (pid === 0) return;
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}
