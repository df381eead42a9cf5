import { type BatchPlan, shardsInStep } from './batch-plan.ts';
import { stepRecord, updateRanges } from './memory-layout.ts';
import type { RunMemory } from './run-memory.ts';
import { phaseKinds, type WorkQueue } from './work-queue.ts';

/**
 * Ends the current phase and opens the next: gradients → update → gradients of the next step … → idle. Called by the one
 * thread whose `finish` was the phase's last. A step takes effect in a single store, to `globalStep`, which switches the
 * buffers; until then it can be done again from the start.
 */
export class StepPhases {
  readonly #queue: WorkQueue;
  readonly #memory: RunMemory;
  readonly #plan: BatchPlan;

  constructor(queue: WorkQueue, memory: RunMemory, plan: BatchPlan) {
    this.#queue = queue;
    this.#memory = memory;
    this.#plan = plan;
  }

  /** Opens steps [queue.epochStep, queue.stopStep) of the epoch whose order and schedule lie in memory. */
  openSteps(): void {
    this.#openGradients(this.#queue.epochStep);
  }

  /** @param phaseSeconds duration of the phase that ends, for the step's record */
  completePhase(phaseSeconds: number): void {
    const queue = this.#queue;
    const kind = queue.kind;
    switch (kind) {
      case phaseKinds.gradients:
        this.#record(queue.epochStep, stepRecord.gradientSeconds, phaseSeconds);
        queue.open(phaseKinds.update, updateRanges);
        return;
      case phaseKinds.update:
        this.#record(queue.epochStep, stepRecord.updateSeconds, phaseSeconds);
        this.#commitStep();
        return;
      case phaseKinds.evaluate:
        queue.open(phaseKinds.idle, 0);
        return;
      case phaseKinds.idle:
        throw new Error('no phase is open');
      default:
        kind satisfies never;
    }
  }

  /** A step whose loss or gradient is not finite is not committed: the parameters stay as they were, and the queue falls idle. */
  #commitStep(): void {
    const queue = this.#queue;
    const memory = this.#memory;
    const step = queue.epochStep;
    const shards = shardsInStep(this.#plan, step);
    let lossSum = 0;
    let correct = 0;
    for (let shard = 0; shard < shards; shard++) {
      lossSum += memory.shardLoss(shard);
      correct += memory.shardCorrect(shard);
    }
    let squareSum = 0;
    for (const rangeSum of memory.squareSums) squareSum += rangeSum;
    this.#record(step, stepRecord.lossSum, lossSum);
    this.#record(step, stepRecord.correct, correct);
    this.#record(step, stepRecord.gradientNorm, Math.sqrt(squareSum));
    if (!Number.isFinite(lossSum) || !Number.isFinite(squareSum)) {
      queue.open(phaseKinds.idle, 0);
      return;
    }
    queue.globalStep = queue.globalStep + 1;
    queue.epochStep = step + 1;
    if (step + 1 < queue.stopStep) this.#openGradients(step + 1);
    else queue.open(phaseKinds.idle, 0);
  }

  #openGradients(step: number): void {
    this.#queue.open(phaseKinds.gradients, shardsInStep(this.#plan, step));
  }

  #record(step: number, field: number, value: number): void {
    this.#memory.stepRecords[step * stepRecord.fields + field] = value;
  }
}
