import { hostname } from 'node:os';
import { MessageChannel, Worker } from 'node:worker_threads';
import * as Comlink from 'comlink';
import type {
  CollectiveControl,
  CollectiveDescription,
  ExchangedSession,
} from '../../shared/collective-protocol.ts';
import type { CollectiveSettings } from '../../shared/collective-settings.ts';
import { within } from '../../shared/deadline.ts';
import { exitCodes, RunError } from '../../shared/errors.ts';
import type { Launcher } from '../../shared/launcher.ts';
import type { Rank } from '../../shared/rank-share.ts';
import { wallClockSeconds } from '../../shared/wall-clock.ts';
import type { Collective } from './collective.ts';

/** The path is the same seen from src/ and from dist/; a thread always runs the build's output. */
const threadFile = new URL('../../../dist/coordinator/collective/thread/main.js', import.meta.url);
const finishDeadlineMilliseconds = 5_000;

/**
 * The ranks of an MPI job. MPI is called by a thread of its own, which blocks in it; this one watches, and gives up when a call
 * takes longer than any rank should need to come to it.
 */
export class MpiCollective implements Collective {
  readonly rank: Rank;
  readonly library: string;
  readonly ranksHere: number;
  readonly failure: Promise<never>;
  readonly #thread: CollectiveThread;
  #served: Promise<void> | undefined;

  private constructor(thread: CollectiveThread, description: CollectiveDescription, ranksHere: number) {
    this.rank = { rank: description.rank, size: description.size };
    this.library = description.library;
    this.ranksHere = ranksHere;
    this.#thread = thread;
    this.failure = thread.failure;
  }

  /**
   * Joins the other processes of the job.
   * @throws ConfigError where there is no MPI library, or another than the launcher's; RunError when the others do not come
   */
  static async join(launcher: Launcher, settings: CollectiveSettings): Promise<MpiCollective> {
    const thread = new CollectiveThread(settings.collectiveTimeout);
    try {
      const description = await thread.start(launcher, settings.mpiLibrary);
      const hosts = await thread.call((control) => control.gather(Buffer.from(hostname())));
      const here = hosts.filter((host) => Buffer.from(host).toString() === hostname());
      return new MpiCollective(thread, description, here.length);
    } catch (error) {
      await thread.end();
      throw error;
    }
  }

  gather(bytes: Uint8Array): Promise<Uint8Array[]> {
    return this.#thread.call((control) => control.gather(bytes));
  }

  broadcast(bytes: Uint8Array): Promise<Uint8Array> {
    return this.#thread.call((control) => control.broadcast(bytes));
  }

  barrier(): Promise<void> {
    return this.#thread.call((control) => control.barrier());
  }

  async attach(session: ExchangedSession): Promise<void> {
    this.#served = this.#thread.serve(session);
    // Its failure is `failure`; while nobody waits for that, it must not end the process.
    this.#served.catch(() => {});
  }

  async detach(): Promise<void> {
    if (this.#served === undefined) return;
    const served = this.#served;
    this.#served = undefined;
    await this.#thread.release(served);
  }

  /** Leaves the job in order: to be called on all ranks, when there is nothing more to do together. */
  async leave(): Promise<void> {
    await this.#thread.call((control) => control.finish());
    await this.#thread.end();
  }
}

/** The thread that calls MPI, and its control channel. */
class CollectiveThread {
  /** Rejects when a call takes too long, or when the thread or an exchange fails. */
  readonly failure: Promise<never>;
  readonly #worker: Worker;
  readonly #control: Comlink.Remote<CollectiveControl>;
  readonly #port: MessagePort;
  readonly #blockedSince = new Float64Array(new SharedArrayBuffer(8));
  readonly #timeoutSeconds: number;
  readonly #watch: NodeJS.Timeout;
  #fail: (error: unknown) => void = () => {};

  constructor(timeoutSeconds: number) {
    this.failure = new Promise((_, reject) => {
      this.#fail = reject;
    });
    // Whoever waits sees it; while nobody does, it must not end the process.
    this.failure.catch(() => {});
    const { port1, port2 } = new MessageChannel();
    this.#port = port1 as unknown as MessagePort;
    this.#worker = new Worker(threadFile, { workerData: port2, transferList: [port2] });
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('the thread that calls MPI has ended')));
    this.#control = Comlink.wrap<CollectiveControl>(port1 as unknown as Comlink.Endpoint);
    this.#timeoutSeconds = timeoutSeconds;
    const look = Math.min(1, timeoutSeconds / 10) * 1000;
    this.#watch = setInterval(() => this.#checkDeadline(), look).unref();
  }

  start(launcher: Launcher, library: string | undefined): Promise<CollectiveDescription> {
    const blockedSince = this.#blockedSince;
    return this.call((control) => control.start({ launcher, library, blockedSince }));
  }

  async call<T>(call: (control: Comlink.Remote<CollectiveControl>) => Promise<T>): Promise<T> {
    return Promise.race([call(this.#control), this.failure]);
  }

  async serve(session: ExchangedSession): Promise<void> {
    try {
      await this.#control.serve(session);
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  /** Ends `serve`, unless the thread waits for other ranks. */
  async release(served: Promise<void>): Promise<void> {
    if (this.#blockedSince[0] !== 0) return;
    await Promise.race([this.#control.release().then(() => served), this.failure]).catch(() => {});
  }

  /** Ends the thread, if it can be ended: not while MPI starts. */
  async end(): Promise<void> {
    clearInterval(this.#watch);
    this.#port.close();
    this.#worker.removeAllListeners('exit');
    await within(finishDeadlineMilliseconds, this.#worker.terminate());
  }

  #checkDeadline(): void {
    const since = this.#blockedSince[0] as number;
    if (since === 0 || wallClockSeconds() - since < this.#timeoutSeconds) return;
    this.#fail(
      new RunError(
        `the other ranks did not come to an exchange within ${this.#timeoutSeconds} s: one of them hangs, or the network is cut.`,
        'Start the job again with --resume; --collective-timeout allows more time.',
        undefined,
        exitCodes.retry,
      ),
    );
  }
}
