import { type BatchPlan, shardsInStep } from './batch-plan.ts';
import { stepRecord } from './memory-layout.ts';
import type { RankShare } from './rank-share.ts';
import type { RunMemory } from './run-memory.ts';
import type { StepCursor } from './step-cursor.ts';
import { phaseKinds, type WorkQueue } from './work-queue.ts';

export interface StepPhasesParts {
  queue: WorkQueue;
  cursor: StepCursor;
  memory: RunMemory;
  plan: BatchPlan;
  share: RankShare;
  /** Whether the update must know the norm of the whole gradient. */
  clips: boolean;
}

/**
 * Ends the current phase and opens the next: gradients → update → gradients of the next step … → idle; where the gradient is
 * clipped, gradients → reduce → update; where several ranks train together, gradients → combine → exchange → update. Called by
 * the one thread whose `finish` was the phase's last. All of it can be done again after a thread died in the middle.
 */
export class StepPhases {
  readonly #queue: WorkQueue;
  readonly #cursor: StepCursor;
  readonly #memory: RunMemory;
  readonly #plan: BatchPlan;
  readonly #share: RankShare;
  readonly #clips: boolean;

  constructor({ queue, cursor, memory, plan, share, clips }: StepPhasesParts) {
    this.#queue = queue;
    this.#cursor = cursor;
    this.#memory = memory;
    this.#plan = plan;
    this.#share = share;
    this.#clips = clips;
  }

  /** Opens the cursor's step, of the epoch whose order and schedule lie in memory; workers go on to `cursor.stopStep`. */
  openSteps(): void {
    const step = this.#cursor.epochStep;
    if (step >= this.#cursor.stopStep) {
      this.#queue.open(phaseKinds.idle, 0);
      return;
    }
    const { first, end } = this.#share.gradientTasks(step);
    if (end > first) this.#queue.open(phaseKinds.gradients, end - first);
    else this.#skipGradients();
  }

  /** Opens the evaluation of the samples whose positions lie in memory. */
  openEvaluation(): void {
    const { first, end } = this.#share.evaluationShards();
    if (end > first) this.#queue.open(phaseKinds.evaluate, end - first);
    else this.#queue.openExchange(phaseKinds.exchangeScores);
  }

  /** @param phaseSeconds duration of the phase that ends, for the step's record */
  completePhase(phaseSeconds: number): void {
    const queue = this.#queue;
    const kind = queue.kind;
    switch (kind) {
      case phaseKinds.gradients:
        this.#recordGradientPhase(phaseSeconds);
        if (this.#share.isAlone) this.#openUpdate();
        else queue.open(phaseKinds.combine, this.#memory.layout.updateTasks);
        return;
      case phaseKinds.combine:
        this.#addTo(stepRecord.seconds, phaseSeconds);
        this.#record(stepRecord.reduceSeconds, this.#meanOverWorkers(this.#memory.layout.updateTasks, 0));
        queue.openExchange(phaseKinds.exchangeGradients);
        return;
      case phaseKinds.exchangeGradients:
        this.#addTo(stepRecord.seconds, phaseSeconds);
        this.#record(stepRecord.gatherSeconds, phaseSeconds);
        this.#openUpdate();
        return;
      case phaseKinds.reduce:
        this.#addTo(stepRecord.seconds, phaseSeconds);
        queue.open(phaseKinds.update, this.#memory.layout.updateTasks);
        return;
      case phaseKinds.update:
        this.#completeStep(phaseSeconds);
        return;
      case phaseKinds.evaluate:
        if (this.#share.isAlone) queue.open(phaseKinds.idle, 0);
        else queue.openExchange(phaseKinds.exchangeScores);
        return;
      case phaseKinds.exchangeScores:
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
    queue.exclusively(() => {
      const nothingLeft = queue.requeueUnfinished() === 0;
      if (nothingLeft && queue.kind !== phaseKinds.idle) this.completePhase(queue.phaseSeconds);
    });
  }

  /** A rank that has no share in a step, because the batch is too small for so many, takes part in its exchange all the same. */
  #skipGradients(): void {
    for (const field of [stepRecord.seconds, stepRecord.computeSeconds, stepRecord.reduceSeconds])
      this.#record(field, 0);
    this.#queue.openExchange(phaseKinds.exchangeGradients);
  }

  #openUpdate(): void {
    this.#cursor.beginUpdate();
    this.#queue.open(this.#clips ? phaseKinds.reduce : phaseKinds.update, this.#memory.layout.updateTasks);
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
    const { first, end } = this.#share.gradientTasks(this.#cursor.epochStep);
    this.#record(stepRecord.seconds, phaseSeconds);
    this.#record(stepRecord.computeSeconds, this.#meanOverWorkers(end - first, 0));
    this.#record(stepRecord.reduceSeconds, 0);
    this.#record(stepRecord.gatherSeconds, 0);
  }

  #recordUpdatePhase(phaseSeconds: number): void {
    const { updateTasks } = this.#memory.layout;
    this.#addTo(stepRecord.reduceSeconds, this.#meanOverWorkers(updateTasks, 0));
    const optimizer = this.#meanOverWorkers(updateTasks, 1);
    this.#record(stepRecord.optimizerSeconds, optimizer);
    this.#addTo(stepRecord.seconds, phaseSeconds);
    const parts = [stepRecord.computeSeconds, stepRecord.reduceSeconds, stepRecord.gatherSeconds];
    const work = parts.reduce((sum, part) => sum + this.#recorded(part), optimizer);
    this.#record(stepRecord.waitSeconds, this.#recorded(stepRecord.seconds) - work);
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

  #addTo(field: number, seconds: number): void {
    this.#record(field, this.#recorded(field) + seconds);
  }

  #record(field: number, value: number): void {
    this.#memory.stepRecords[this.#cursor.epochStep * stepRecord.fields + field] = value;
  }
}
