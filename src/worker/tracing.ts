/** The parts of the task loop that also leave their times in a ring. Without a trace none of this is in the way of a task. */
import type { Shard } from '../shared/batch-plan.ts';
import type { KernelExports } from '../shared/kernel-exports.ts';
import type { MemoryLayout } from '../shared/memory-layout.ts';
import type { Interval } from '../shared/rank-share.ts';
import type { RunMemory } from '../shared/run-memory.ts';
import type { StepCursor } from '../shared/step-cursor.ts';
import { StepPhases, type StepPhasesParts } from '../shared/step-phases.ts';
import { spanTypes, type TraceRing } from '../shared/trace-ring.ts';
import { wallClockSeconds } from '../shared/wall-clock.ts';
import { type PhaseKind, phaseKinds, WorkQueue } from '../shared/work-queue.ts';
import { ParameterUpdate, type UpdateOptions } from './parameter-update.ts';
import type { ShardEngine } from './shard-engine.ts';

/** Records the waits, by the phase that was waited for. */
export class TracedQueue extends WorkQueue {
  readonly #ring: TraceRing;
  readonly #cursor: StepCursor;

  constructor(buffer: SharedArrayBuffer, layout: MemoryLayout, cursor: StepCursor, ring: TraceRing) {
    super(buffer, layout);
    this.#cursor = cursor;
    this.#ring = ring;
  }

  override waitWhile(phase: number, spin: boolean, timeoutMilliseconds: number): void {
    const begin = wallClockSeconds();
    const { kind } = this;
    const { globalStep } = this.#cursor;
    super.waitWhile(phase, spin, timeoutMilliseconds);
    this.#ring.record(spanTypes.wait, kind, begin, wallClockSeconds(), globalStep, 0);
  }
}

/** Records the micro-shards. */
export class TracedEngine implements ShardEngine {
  readonly #engine: ShardEngine;
  readonly #ring: TraceRing;

  constructor(engine: ShardEngine, ring: TraceRing) {
    this.#engine = engine;
    this.#ring = ring;
  }

  get device(): string {
    return this.#engine.device;
  }

  lossAndGradients(globalStep: number, shard: Shard, slot: number, result: number): void {
    const begin = wallClockSeconds();
    this.#engine.lossAndGradients(globalStep, shard, slot, result);
    this.#recordTask(phaseKinds.gradients, begin, globalStep, result);
  }

  evaluate(globalStep: number, shard: Shard, task: number): void {
    const begin = wallClockSeconds();
    this.#engine.evaluate(globalStep, shard, task);
    this.#recordTask(phaseKinds.evaluate, begin, globalStep, task);
  }

  invalidateParameters(): void {
    this.#engine.invalidateParameters();
  }

  #recordTask(kind: PhaseKind, begin: number, globalStep: number, task: number): void {
    this.#ring.record(spanTypes.task, kind, begin, wallClockSeconds(), globalStep, task);
  }
}

/** Records the tasks of the update. */
export class TracedUpdate extends ParameterUpdate {
  readonly #cursor: StepCursor;
  readonly #ring: TraceRing;

  constructor(
    kernels: KernelExports,
    memory: RunMemory,
    options: UpdateOptions,
    cursor: StepCursor,
    ring: TraceRing,
  ) {
    super(kernels, memory, options);
    this.#cursor = cursor;
    this.#ring = ring;
  }

  override run(
    globalStep: number,
    epochStep: number,
    task: number,
    slots: number,
    sampleCount: number,
  ): void {
    const begin = wallClockSeconds();
    super.run(globalStep, epochStep, task, slots, sampleCount);
    this.#ring.record(spanTypes.task, phaseKinds.update, begin, wallClockSeconds(), globalStep, task);
  }

  override combine(task: number, blocks: ReadonlyMap<number, Interval>): void {
    const begin = wallClockSeconds();
    super.combine(task, blocks);
    const { globalStep } = this.#cursor;
    this.#ring.record(spanTypes.task, phaseKinds.combine, begin, wallClockSeconds(), globalStep, task);
  }

  override reduce(globalStep: number, task: number, slots: number, sampleCount: number): void {
    const begin = wallClockSeconds();
    super.reduce(globalStep, task, slots, sampleCount);
    this.#ring.record(spanTypes.task, phaseKinds.reduce, begin, wallClockSeconds(), globalStep, task);
  }
}

/** Records the phases. */
export class TracedPhases extends StepPhases {
  readonly #queue: WorkQueue;
  readonly #cursor: StepCursor;
  readonly #ring: TraceRing;

  constructor(parts: StepPhasesParts, ring: TraceRing) {
    super(parts);
    this.#queue = parts.queue;
    this.#cursor = parts.cursor;
    this.#ring = ring;
  }

  override completePhase(phaseSeconds: number): void {
    const { kind, openedAt } = this.#queue;
    // Before the step counts as taken: whoever sees that it was finds the phase in the ring.
    this.#ring.record(spanTypes.phase, kind, openedAt, openedAt + phaseSeconds, this.#cursor.globalStep, 0);
    super.completePhase(phaseSeconds);
  }
}
