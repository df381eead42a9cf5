import { type BatchPlan, shardsInStep, tasksInStep } from './batch-plan.ts';
import { stepRecord } from './memory-layout.ts';
import type { RunMemory } from './run-memory.ts';
import type { StepCursor } from './step-cursor.ts';
import { phaseKinds, type WorkQueue } from './work-queue.ts';

/**
 * Ends the current phase and opens the next: gradients → update → gradients of the next step … → idle; where the gradient is
 * clipped, gradients → reduce → update. Called by the one
 * thread whose `finish` was the phase's last. All of it can be done again after a thread died in the middle.
 */
export class StepPhases {
  readonly #queue: WorkQueue;
  readonly #cursor: StepCursor;
  readonly #memory: RunMemory;
  readonly #plan: BatchPlan;
  readonly #clips: boolean;

  /** @param clips whether the update must know the norm of the whole gradient */
  constructor(queue: WorkQueue, cursor: StepCursor, memory: RunMemory, plan: BatchPlan, clips: boolean) {
    this.#queue = queue;
    this.#cursor = cursor;
    this.#memory = memory;
    this.#plan = plan;
    this.#clips = clips;
  }

  /** Opens the cursor's step, of the epoch whose order and schedule lie in memory; workers go on to `cursor.stopStep`. */
  openSteps(): void {
    const step = this.#cursor.epochStep;
    if (step < this.#cursor.stopStep) this.#queue.open(phaseKinds.gradients, tasksInStep(this.#plan, step));
    else this.#queue.open(phaseKinds.idle, 0);
  }

  /** @param phaseSeconds duration of the phase that ends, for the step's record */
  completePhase(phaseSeconds: number): void {
    const queue = this.#queue;
    const kind = queue.kind;
    switch (kind) {
      case phaseKinds.gradients:
        this.#recordGradientPhase(phaseSeconds);
        this.#cursor.beginUpdate();
        queue.open(this.#clips ? phaseKinds.reduce : phaseKinds.update, this.#memory.layout.updateRanges);
        return;
      case phaseKinds.reduce:
        this.#record(stepRecord.seconds, this.#recorded(stepRecord.seconds) + phaseSeconds);
        queue.open(phaseKinds.update, this.#memory.layout.updateRanges);
        return;
      case phaseKinds.update:
        this.#completeStep(phaseSeconds);
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

  /** For the coordinator, when workers were lost and the others have left the queue: what was unfinished is offered again. */
  recover(): void {
    const queue = this.#queue;
    const nothingLeft = queue.requeueUnfinished() === 0;
    if (nothingLeft && queue.kind !== phaseKinds.idle) this.completePhase(queue.phaseSeconds);
  }

  /** A step whose loss or gradient is not finite is not taken: the parameters stay as they were, and the queue falls idle. */
  #completeStep(phaseSeconds: number): void {
    const cursor = this.#cursor;
    if (!cursor.updateCommitted) {
      this.#recordUpdatePhase(phaseSeconds);
      if (!this.#recordScores()) {
        cursor.fail();
        this.#queue.open(phaseKinds.idle, 0);
        return;
      }
      cursor.commit();
    }
    this.openSteps();
  }

  /** @returns whether loss and gradient are finite */
  #recordScores(): boolean {
    const memory = this.#memory;
    const shards = shardsInStep(this.#plan, this.#cursor.epochStep);
    let lossSum = 0;
    let correct = 0;
    for (let shard = 0; shard < shards; shard++) {
      lossSum += memory.shardLoss(shard);
      correct += memory.shardCorrect(shard);
    }
    let squareSum = 0;
    for (const rangeSum of memory.squareSums) squareSum += rangeSum;
    this.#record(stepRecord.lossSum, lossSum);
    this.#record(stepRecord.correct, correct);
    this.#record(stepRecord.gradientNorm, Math.sqrt(squareSum));
    return Number.isFinite(lossSum) && Number.isFinite(squareSum);
  }

  #recordGradientPhase(phaseSeconds: number): void {
    const tasks = tasksInStep(this.#plan, this.#cursor.epochStep);
    this.#record(stepRecord.seconds, phaseSeconds);
    this.#record(stepRecord.computeSeconds, this.#meanOverWorkers(tasks, 0));
  }

  #recordUpdatePhase(phaseSeconds: number): void {
    const { updateRanges } = this.#memory.layout;
    const reduce = this.#meanOverWorkers(updateRanges, 0);
    const optimizer = this.#meanOverWorkers(updateRanges, 1);
    const seconds = this.#recorded(stepRecord.seconds) + phaseSeconds;
    this.#record(stepRecord.reduceSeconds, reduce);
    this.#record(stepRecord.optimizerSeconds, optimizer);
    this.#record(
      stepRecord.waitSeconds,
      seconds - this.#recorded(stepRecord.computeSeconds) - reduce - optimizer,
    );
    this.#record(stepRecord.seconds, seconds);
  }

  /** @param part 0 or 1, of the two times of a task */
  #meanOverWorkers(tasks: number, part: 0 | 1): number {
    const { taskSeconds, layout } = this.#memory;
    let sum = 0;
    for (let task = 0; task < tasks; task++) sum += taskSeconds[2 * task + part] as number;
    return sum / layout.needs.workers;
  }

  #recorded(field: number): number {
    return this.#memory.stepRecords[this.#cursor.epochStep * stepRecord.fields + field] as number;
  }

  #record(field: number, value: number): void {
    this.#memory.stepRecords[this.#cursor.epochStep * stepRecord.fields + field] = value;
  }
}
