import { availableParallelism } from 'node:os';
import { type BatchPlan, samplesInStep, shardsInStep } from '../shared/batch-plan.ts';
import { within } from '../shared/deadline.ts';
import { dealDevices, isInThread } from '../shared/device.ts';
import type { EngineOptions } from '../shared/engine-options.ts';
import { stepRecord } from '../shared/memory-layout.ts';
import { RankShare } from '../shared/rank-share.ts';
import { RunMemory } from '../shared/run-memory.ts';
import { StepCursor } from '../shared/step-cursor.ts';
import { StepPhases } from '../shared/step-phases.ts';
import { WorkQueue } from '../shared/work-queue.ts';
import { alone, type Collective } from './collective/collective.ts';
import { compileKernels } from './kernels.ts';
import { notFinite } from './not-finite.ts';
import { layoutSession } from './session-layout.ts';
import { type RecoverableWork, WorkerPool, type WorkerPoolOptions } from './workers/worker-pool.ts';

/** Far above what workers take to leave a queue that is paused. */
const pauseMilliseconds = 2_000;

export interface DataParallelNeeds {
  workers: number;
  options: EngineOptions;
  /** Largest norm of the gradient, if it is clipped. */
  clipNorm?: number | undefined;
  /** Whether a moving average of the parameters is kept, evaluated in their place. */
  averages?: boolean;
  /** Dealt to the workers in turn; `cpu` alone by default. */
  devices?: readonly string[] | undefined;
  /** Whether what the devices' processes print is shown as it comes. */
  verbose?: boolean | undefined;
  /** How an epoch of training is cut; `sampleCount` 0 where nothing is trained. */
  plan: BatchPlan;
  /** Samples of an evaluation: all in one batch. */
  evaluationSamples: number;
  /** Images that the memory has to hold. */
  images: number;
  /** Spans in each worker's ring of the trace: a power of two; none by default. */
  traceCapacity?: number | undefined;
  pool: WorkerPoolOptions;
  /** The processes that compute this together; by default this one is alone. */
  collective?: Collective | undefined;
}

/** Loss and accuracy over a set of samples. */
export interface Scores {
  /** Mean cross-entropy in nats. */
  loss: number;
  /** Correct predictions as a ratio, 0 to 1. */
  accuracy: number;
}

/**
 * One shared memory and the workers that compute on it. While no call is pending, the coordinator owns the memory and may
 * write the orders, the schedule and the parameters.
 */
export class DataParallel implements RecoverableWork {
  readonly memory: RunMemory;
  readonly #queue: WorkQueue;
  readonly #cursor: StepCursor;
  readonly #phases: StepPhases;
  readonly #plan: BatchPlan;
  readonly #evaluationPlan: BatchPlan;
  readonly #pool: WorkerPool;
  readonly #collective: Collective;

  private constructor(
    memory: RunMemory,
    work: { plan: BatchPlan; evaluationPlan: BatchPlan; share: RankShare; clips: boolean },
    pool: WorkerPool,
    collective: Collective,
  ) {
    this.memory = memory;
    this.#queue = new WorkQueue(memory.buffer, memory.layout);
    this.#cursor = new StepCursor(memory.buffer, memory.layout);
    this.#plan = work.plan;
    this.#evaluationPlan = work.evaluationPlan;
    this.#phases = new StepPhases({ queue: this.#queue, cursor: this.#cursor, memory, ...work });
    this.#pool = pool;
    this.#collective = collective;
  }

  /** Allocates the memory and starts the threads, which come up while the caller fills the memory. */
  static async start(needs: DataParallelNeeds): Promise<DataParallel> {
    const { workers, plan, options, collective = alone } = needs;
    const kernels = await compileKernels();
    const evaluationPlan = {
      sampleCount: needs.evaluationSamples,
      batchSize: needs.evaluationSamples,
      microBatch: plan.microBatch,
    };
    const { rank, ranksHere } = collective;
    const share = new RankShare(plan, evaluationPlan, rank);
    const layout = layoutSession(needs, evaluationPlan, share, kernels.scratchBytes(plan.microBatch));
    const pages = layout.totalBytes / 65_536;
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    const buffer = memory.buffer as unknown as SharedArrayBuffer;
    const devices = dealDevices(needs.devices ?? ['cpu'], workers);
    // A waiting thread may look without sleeping only where it takes no core from one that works.
    const threads = workers + devices.filter((device) => !isInThread(device)).length;
    const spin = ranksHere * threads <= availableParallelism();
    const pool = new WorkerPool(
      devices.map((device, worker) => ({
        worker,
        device,
        kernels: kernels.module,
        memory,
        layout,
        plan,
        evaluationPlan,
        rank,
        options,
        clipNorm: needs.clipNorm,
        spin,
        timeoutSeconds: needs.pool.workerTimeoutSeconds,
        verbose: needs.verbose ?? false,
      })),
      needs.pool,
    );
    const clips = needs.clipNorm !== undefined;
    await collective.attach({ memory, layout, plan, evaluationPlan, clips });
    const work = { plan, evaluationPlan, share, clips };
    return new DataParallel(new RunMemory(buffer, layout), work, pool, collective);
  }

  /** Resolves when all workers are ready. @throws RunError if one fails at its start */
  async ready(): Promise<void> {
    await this.#pool.ready();
  }

  /** Optimizer steps taken since the run's first. */
  get globalStep(): number {
    return this.#cursor.globalStep;
  }

  /** Steps of the current epoch that were taken. */
  get epochStep(): number {
    return this.#cursor.epochStep;
  }

  /** Samples of the current epoch that took part in a finished step; may be read while `trainSteps` is pending. */
  get epochSamples(): number {
    return Math.min(this.#cursor.epochStep * this.#plan.batchSize, this.#plan.sampleCount);
  }

  /** The current parameters, valid until the next step. */
  get parameters(): Float32Array {
    return this.memory.parameters(this.globalStep);
  }

  /** What is evaluated and kept: the parameters, or their moving average. Valid until the next step. */
  get averages(): Float32Array {
    return this.memory.averages(this.globalStep);
  }

  /** Adam's moments, as `parameters`. */
  get firstMoments(): Float32Array {
    return this.memory.firstMoments(this.globalStep);
  }

  get secondMoments(): Float32Array {
    return this.memory.secondMoments(this.globalStep);
  }

  /** Places the training after `globalStep` steps, the last `epochStep` of which belong to the current epoch. */
  placeCursor(globalStep: number, epochStep: number): void {
    this.#cursor.place(globalStep, epochStep);
  }

  /** Mean loss of the last finished step of the epoch; not a number before the first. May be read while steps are trained. */
  latestLoss(): number {
    const step = this.epochStep - 1;
    const lossSum = this.memory.stepRecords[step * stepRecord.fields + stepRecord.lossSum] ?? Number.NaN;
    return lossSum / samplesInStep(this.#plan, step);
  }

  /**
   * Trains the epoch, whose order and schedule the caller wrote into memory, from the cursor to step `to` (exclusive), or until
   * `requestStop` is called.
   * @throws RunError when a loss or gradient is not finite (the step is not taken), when workers are lost again and again, or
   * when the ranks cannot go on together
   */
  async trainSteps(to: number): Promise<void> {
    this.#cursor.stopStep = to;
    this.#phases.openSteps();
    await this.#work();
    if (this.#cursor.failed) throw notFinite(this.memory, this.#plan, this.epochStep);
  }

  /** Whether the last step was not taken because its loss or gradient was not finite. */
  get failed(): boolean {
    return this.#cursor.failed;
  }

  /** Of each worker: what it computes on, and how often it was replaced. */
  describeWorkers(): { device: string; restarts: number }[] {
    return this.#pool.describe();
  }

  /** Lets the training end after the step that is under way; that of several ranks, as soon as they have agreed on one. */
  requestStop(): void {
    this.#cursor.requestStop();
    if (this.#collective.rank.size === 1) this.#cursor.agreeToStop();
  }

  /** Whether the training ends, because it was asked to, with the last step that was taken or is under way. */
  get isStopping(): boolean {
    return this.#cursor.stopAgreed;
  }

  /** Evaluates `averages` on the samples in `memory.evaluationOrder`; predictions are left in memory. */
  async evaluate(): Promise<Scores> {
    const shards = shardsInStep(this.#evaluationPlan, 0);
    this.#phases.openEvaluation();
    await this.#work();
    let lossSum = 0;
    let correct = 0;
    for (let shard = 0; shard < shards; shard++) {
      lossSum += this.memory.shardLoss(shard);
      correct += this.memory.shardCorrect(shard);
    }
    const samples = this.#evaluationPlan.sampleCount;
    return { loss: lossSum / samples, accuracy: correct / samples };
  }

  /** For the pool, when it lost a worker. */
  pause(): void {
    this.#queue.pause();
  }

  recover(): void {
    this.#phases.recover();
  }

  get progress(): number {
    return this.#cursor.globalStep;
  }

  /** Ends all threads; after that nothing can be trained. */
  async stop(): Promise<void> {
    // Who waits for an exchange that never comes would not hear that it is to end.
    this.#queue.pause();
    await Promise.all([this.#collective.detach(), this.#pool.stop()]);
  }

  async #work(): Promise<void> {
    const work = this.#pool.work(this);
    try {
      await this.#collective.guard(work);
    } catch (error) {
      // Nobody may take a step while what was reached is saved.
      this.#queue.pause();
      await within(pauseMilliseconds, work).catch(() => {});
      throw error;
    }
  }
}
