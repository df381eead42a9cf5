import { hostname } from 'node:os';
import type { CollectiveDescription, ExchangedSession } from '../../shared/collective-protocol.ts';
import type { CollectiveSettings } from '../../shared/collective-settings.ts';
import type { Launcher } from '../../shared/launcher.ts';
import type { Rank } from '../../shared/rank-share.ts';
import type { Collective } from './collective.ts';
import { CollectiveThread } from './collective-thread.ts';

/**
 * The ranks of an MPI job. MPI is called by a thread of its own, which blocks in it; this one watches, and gives up when a call
 * takes longer than any rank should need to come to it.
 */
export class MpiCollective implements Collective {
  readonly rank: Rank;
  readonly library: string;
  readonly ranksHere: number;
  readonly timeoutSeconds: number;
  readonly #thread: CollectiveThread;
  #leaving: Promise<void> | undefined;
  #isStuck = false;
  #served: Promise<void> | undefined;

  private constructor(
    thread: CollectiveThread,
    description: CollectiveDescription,
    ranksHere: number,
    timeoutSeconds: number,
  ) {
    this.rank = { rank: description.rank, size: description.size };
    this.library = description.library;
    this.ranksHere = ranksHere;
    this.timeoutSeconds = timeoutSeconds;
    this.#thread = thread;
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
      return new MpiCollective(thread, description, here.length, settings.collectiveTimeout);
    } catch (error) {
      await thread.end();
      throw error;
    }
  }

  guard<T>(work: Promise<T>): Promise<T> {
    return this.#thread.failure.guard(work);
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
  }

  async detach(): Promise<void> {
    if (this.#served === undefined) return;
    const served = this.#served;
    this.#served = undefined;
    await this.#thread.release(served);
  }

  leave(): Promise<void> {
    this.#leaving ??= this.#leave();
    return this.#leaving;
  }

  /**
   * Whether MPI did not come back when it was left: then all is done nevertheless, and the process can only be ended at once.
   * MPICH before 4.2 over UCX is known for it (https://github.com/pmodels/mpich/pull/6596).
   */
  get isStuck(): boolean {
    return this.#isStuck;
  }

  async #leave(): Promise<void> {
    await this.barrier();
    this.#isStuck = !(await this.#thread.finish());
    if (!this.#isStuck) await this.#thread.end();
  }

  /** Ends all ranks, if MPI still can; the caller ends this process itself, if it comes back. */
  async abort(exitCode: number): Promise<void> {
    await this.#thread.abort(exitCode);
  }
}
