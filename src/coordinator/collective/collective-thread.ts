import { MessageChannel, Worker } from 'node:worker_threads';
import * as Comlink from 'comlink';
import type {
  CallOutcome,
  CollectiveControl,
  CollectiveDescription,
  ExchangedSession,
} from '../../shared/collective-protocol.ts';
import { within } from '../../shared/deadline.ts';
import { ConfigError, exitCodes, RunError } from '../../shared/errors.ts';
import type { Launcher } from '../../shared/launcher.ts';
import { wallClockSeconds } from '../../shared/wall-clock.ts';
import { Failure } from './failure.ts';

/** The path is the same seen from src/ and from dist/; a thread always runs the build's output. */
const threadFile = new URL('../../../dist/coordinator/collective/thread/main.js', import.meta.url);
const endDeadlineMilliseconds = 5_000;
/** Far above what MPI_Finalize takes where all ranks call it at once. */
const finishDeadlineMilliseconds = 5_000;
const abortDeadlineMilliseconds = 1_000;
/** So much longer than the thread itself waits the one that watches it. */
const patienceSeconds = 2;

/** The thread that calls MPI, and its control channel. */
export class CollectiveThread {
  /** Comes when a call takes too long, or when the thread or an exchange fails. */
  readonly failure = new Failure();
  readonly #worker: Worker;
  readonly #control: Comlink.Remote<CollectiveControl>;
  readonly #port: MessagePort;
  readonly #blockedSince = new Float64Array(new SharedArrayBuffer(8));
  readonly #timeoutSeconds: number;
  readonly #watch: NodeJS.Timeout;

  constructor(timeoutSeconds: number) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1 as unknown as MessagePort;
    this.#worker = new Worker(threadFile, { workerData: port2, transferList: [port2] });
    this.#worker.on('error', (error) => this.failure.fail(error));
    this.#worker.on('exit', () => this.failure.fail(new Error('the thread that calls MPI has ended')));
    this.#control = Comlink.wrap<CollectiveControl>(port1 as unknown as Comlink.Endpoint);
    this.#timeoutSeconds = timeoutSeconds;
    const look = Math.min(1, timeoutSeconds / 10) * 1000;
    this.#watch = setInterval(() => this.#checkDeadline(), look).unref();
  }

  start(launcher: Launcher, library: string | undefined): Promise<CollectiveDescription> {
    const blockedSince = this.#blockedSince;
    const timeoutSeconds = this.#timeoutSeconds;
    return this.call((control) => control.start({ launcher, library, timeoutSeconds, blockedSince }));
  }

  /** @throws what the call failed with, or the thread */
  async call<T>(call: (control: Comlink.Remote<CollectiveControl>) => Promise<CallOutcome<T>>): Promise<T> {
    return resultOf(await this.failure.guard(call(this.#control)));
  }

  /** Resolves when the serving has ended; an exchange that failed is the thread's failure. */
  async serve(session: ExchangedSession): Promise<void> {
    try {
      resultOf(await this.#control.serve(session));
    } catch (error) {
      this.failure.fail(error);
    }
  }

  /** Ends `serve`, unless the thread waits for other ranks. */
  async release(served: Promise<void>): Promise<void> {
    if (this.#blockedSince[0] !== 0) return;
    await this.failure.guard(this.#control.release().then(() => served)).catch(() => {});
  }

  /** Leaves MPI, when there is nothing more that the ranks could lose. @returns false where MPI does not come back, or fails in it */
  async finish(): Promise<boolean> {
    clearInterval(this.#watch);
    const finished = await within<CallOutcome<void>>(finishDeadlineMilliseconds, this.#control.finish());
    return finished !== undefined && 'value' in finished.value;
  }

  async abort(exitCode: number): Promise<void> {
    await within(abortDeadlineMilliseconds, this.#control.abort(exitCode)).catch(() => {});
  }

  /** Ends the thread, if it can be ended: not while MPI starts. */
  async end(): Promise<void> {
    clearInterval(this.#watch);
    this.#port.close();
    this.#worker.removeAllListeners('exit');
    await within(endDeadlineMilliseconds, this.#worker.terminate());
  }

  /** The thread gives up by itself where it can: while MPI starts it cannot. */
  #checkDeadline(): void {
    const since = this.#blockedSince[0] as number;
    if (since === 0 || wallClockSeconds() - since < this.#timeoutSeconds + patienceSeconds) return;
    this.failure.fail(
      new RunError(
        `the other ranks did not come within ${this.#timeoutSeconds} s: one of them hangs, or the network is cut.`,
        'Start the job again with --resume; --collective-timeout allows more time.',
        undefined,
        exitCodes.retry,
      ),
    );
  }
}

/** @throws what the thread's call failed with, as an error of this thread */
function resultOf<T>(outcome: CallOutcome<T>): T {
  if ('value' in outcome) return outcome.value;
  const { problems, nextStep, exitCode } = outcome;
  if (exitCode === exitCodes.usage) throw new ConfigError(problems, nextStep);
  throw new RunError(problems.join('\n'), nextStep, undefined, exitCode);
}
