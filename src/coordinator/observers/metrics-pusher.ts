import { randomBytes } from 'node:crypto';
import { Pushgateway } from '../metrics/pushgateway.ts';
import type { RunMetrics } from '../metrics/run-metrics.ts';
import type { TrainingListener } from '../training-options.ts';
import type { Observer } from './observer.ts';

/** Pushes a run's metrics after each epoch and at its end, for runs that are over before anybody asks. */
export class MetricsPusher implements Observer {
  readonly listener: TrainingListener = {
    onStart: () => {
      this.#hasStarted = true;
    },
    // Later: the next epoch should begin first.
    onEpochEnd: () => setImmediate(() => this.#pushSoon()),
  };
  readonly #metrics: RunMetrics;
  readonly #gateway: Pushgateway;
  readonly #onNotice: (text: string) => void;
  readonly #isOver = new AbortController();
  #hasStarted = false;
  /** Resolves when the push that goes on has ended, however it ended; undefined when there is none. */
  #pending: Promise<void> | undefined;
  /** Whether an epoch has ended since that push began. */
  #isOutdated = false;
  #pushes = 0;
  #failures = 0;

  constructor(url: string, metrics: RunMetrics, onNotice: (text: string) => void) {
    this.#metrics = metrics;
    this.#gateway = new Pushgateway(url, instanceName(new Date()));
    this.#onNotice = onNotice;
  }

  async close(): Promise<void> {
    if (!this.#hasStarted) return;
    // What goes on would only bring what is no longer true.
    this.#isOver.abort();
    await this.#pending;
    const hasArrived = await this.#push(new AbortController().signal);
    if (this.#failures < 2) return;
    const last = hasArrived ? 'the last one arrived' : 'the last one, too';
    this.#onNotice(`${this.#failures} of ${this.#pushes} pushes of metrics failed; ${last}.`);
  }

  /** One push at a time: epochs that end during one share the next. */
  #pushSoon(): void {
    if (this.#isOver.signal.aborted) return;
    if (this.#pending !== undefined) {
      this.#isOutdated = true;
      return;
    }
    this.#pending = this.#push(this.#isOver.signal).then(() => {
      this.#pending = undefined;
      if (!this.#isOutdated) return;
      this.#isOutdated = false;
      this.#pushSoon();
    });
  }

  /** @returns whether it arrived */
  async #push(signal: AbortSignal): Promise<boolean> {
    try {
      await this.#gateway.push(await this.#metrics.render(), signal);
      this.#pushes++;
      return true;
    } catch (error) {
      // Given up for the last one: no failure.
      if (signal.aborted) return false;
      this.#pushes++;
      this.#failures++;
      if (this.#failures === 1) this.#announceFailure(error as Error);
      return false;
    }
  }

  #announceFailure({ message }: Error): void {
    const { shownUrl } = this.#gateway;
    this.#onNotice(`metrics could not be pushed to ${shownUrl} (${message}); the run does not depend on it.`);
  }
}

/** When the process began and some chance, so that no two runs push to the same group; nothing of the machine. */
function instanceName(now: Date): string {
  const time = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  return `${time}-${randomBytes(3).toString('hex')}`;
}
