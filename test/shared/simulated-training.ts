import { writeAdamSchedule } from '../../src/shared/adam.ts';
import { shardsInStep, stepsPerEpoch } from '../../src/shared/batch-plan.ts';
import { plainEngine } from '../../src/shared/engine-options.ts';
import { layoutMemory, stepRecord } from '../../src/shared/memory-layout.ts';
import { referenceModel } from '../../src/shared/model-options.ts';
import { parameterCount, parameterLayout } from '../../src/shared/parameters.ts';
import { aloneRank, RankShare } from '../../src/shared/rank-share.ts';
import { RunMemory } from '../../src/shared/run-memory.ts';
import { StepCursor } from '../../src/shared/step-cursor.ts';
import { StepPhases } from '../../src/shared/step-phases.ts';
import { phaseKinds, WorkQueue } from '../../src/shared/work-queue.ts';
import { ParameterUpdate } from '../../src/worker/parameter-update.ts';
import type { ShardEngine } from '../../src/worker/shard-engine.ts';
import { ShardGroup } from '../../src/worker/shard-group.ts';
import { runTasks } from '../../src/worker/task-loop.ts';
import { WasmEngine } from '../../src/worker/wasm-engine.ts';
import { ToyKernels } from './toy-kernels.ts';

/** 2 steps, of 3 and 2 micro-shards. */
const plan = { sampleCount: 13, batchSize: 8, microBatch: 3 };
const evaluationPlan = { sampleCount: 10, batchSize: 10, microBatch: 3 };
const layout = layoutMemory({
  workers: 2,
  parameters: parameterCount,
  averages: false,
  images: 0,
  trainingSamples: plan.sampleCount,
  evaluationSamples: evaluationPlan.sampleCount,
  stepsPerEpoch: stepsPerEpoch(plan),
  slots: shardsInStep(plan, 0),
  shards: shardsInStep(plan, 0),
  spareSlotsPerWorker: 0,
  evaluationShards: shardsInStep(evaluationPlan, 0),
  scratchBytesPerWorker: 64,
  traceCapacity: 0,
  ranks: 1,
  blocks: 0,
  shardsPerRank: 0,
});

/** A queue whose worker leaves it after some claims, or rather: goes to sleep for so long that the others end without it. */
class DrowsyQueue extends WorkQueue {
  #claimsLeft = Number.POSITIVE_INFINITY;

  wakeFor(claims: number): void {
    this.#claimsLeft = claims;
  }

  override get paused(): boolean {
    return this.#claimsLeft <= 0 || super.paused;
  }

  override claim(): number {
    this.#claimsLeft--;
    return super.claim();
  }
}

/** The product's own task loop, queue and phases for two workers on one thread, so that a test can stop them anywhere. */
export class SimulatedTraining {
  readonly #memory: RunMemory;
  readonly #cursor: StepCursor;
  readonly #queue: WorkQueue;
  readonly #phases: StepPhases;
  readonly #workers: readonly { queue: DrowsyQueue; work: () => Promise<void> }[];

  /** @param afterShard called when a micro-shard's gradients are written */
  constructor(afterShard: (memory: RunMemory, globalStep: number, slot: number) => void = () => {}) {
    const buffer = new SharedArrayBuffer(layout.totalBytes);
    const memory = new RunMemory(buffer, layout);
    this.#memory = memory;
    this.#cursor = new StepCursor(buffer, layout);
    this.#queue = new WorkQueue(buffer, layout);
    const share = new RankShare(plan, evaluationPlan, aloneRank);
    const phasesParts = { cursor: this.#cursor, memory, plan, share, clips: false };
    this.#phases = new StepPhases({ queue: this.#queue, ...phasesParts });
    const kernels = new ToyKernels(buffer);
    this.#workers = [0, 1].map((worker) => {
      const queue = new DrowsyQueue(buffer, layout);
      const engine = new WasmEngine({ kernels, layout, worker, plan, options: plainEngine });
      const parts = {
        queue,
        cursor: this.#cursor,
        phases: new StepPhases({ queue, ...phasesParts }),
        engine: {
          device: engine.device,
          invalidateParameters: () => engine.invalidateParameters(),
          evaluate: (...shard: Parameters<ShardEngine['evaluate']>) => engine.evaluate(...shard),
          lossAndGradients: (...shard: Parameters<ShardEngine['lossAndGradients']>) => {
            engine.lossAndGradients(...shard);
            afterShard(memory, shard[0], shard[2]);
          },
        },
        update: new ParameterUpdate(kernels, memory, {
          parameters: parameterLayout(referenceModel),
          clipNorm: undefined,
        }),
        plan,
        evaluationPlan,
        share,
        statistics: memory.workerStatistics(worker),
        taskSeconds: memory.taskSeconds,
        groupFor: (task: number) => new ShardGroup(kernels, layout, worker, task),
        spin: false,
      };
      return { queue, work: () => runTasks(parts) };
    });
    memory.trainingOrder.set(Array.from({ length: plan.sampleCount }, (_, index) => index + 1));
    memory.evaluationOrder.set(Array.from({ length: evaluationPlan.sampleCount }, (_, index) => index + 5));
    writeAdamSchedule(0, [0.01, 0.01], { weightDecay: 0 }, memory.optimizerSchedule);
  }

  /** Begins anew, with garbage where nothing may be read before it is written. */
  reset(): void {
    const memory = this.#memory;
    const vectors = [0, 1].flatMap((step) =>
      [memory.parameters(step), memory.firstMoments(step), memory.secondMoments(step)].map(
        (vector, kind) => ({
          vector,
          value: step === 0 ? kind + 1 : 1e30,
        }),
      ),
    );
    const slots = [0, 1, 2].map((slot) => ({ vector: memory.gradientSum(slot), value: 1e30 }));
    for (const { vector, value } of [...vectors, ...slots]) {
      for (const position of ToyKernels.touched) vector[position] = value * (position + 1);
    }
    memory.stepRecords.fill(-1);
    memory.squareSums.fill(1e30);
    memory.predictions.fill(255);
    this.#cursor.place(0, 0);
    this.#queue.open(phaseKinds.idle, 0);
  }

  openEpoch(): void {
    this.#cursor.stopStep = stepsPerEpoch(plan);
    this.#phases.openSteps();
  }

  openEvaluation(): void {
    this.#queue.open(phaseKinds.evaluate, shardsInStep(evaluationPlan, 0));
  }

  /** The first worker's time in the queue: to the end of the phase or epoch, or to its death. */
  async work(): Promise<void> {
    await this.#workers[0]?.work();
  }

  /** The other worker's: at most so many claims, after which it sleeps. */
  async workOther(claims: number): Promise<void> {
    this.#workers[1]?.queue.wakeFor(claims);
    await this.#workers[1]?.work();
  }

  /** What the coordinator does when a worker was lost. */
  recover(): void {
    this.#queue.pause();
    this.#phases.recover();
  }

  /** All that a run's result derives from. */
  state() {
    const memory = this.#memory;
    const { globalStep, epochStep, failed } = this.#cursor;
    const vectors = [
      memory.parameters(globalStep),
      memory.firstMoments(globalStep),
      memory.secondMoments(globalStep),
    ];
    const { lossSum, correct, gradientNorm } = stepRecord;
    return {
      idle: this.#queue.kind === phaseKinds.idle,
      paused: this.#queue.paused,
      globalStep,
      epochStep,
      failed,
      vectors: vectors.map((vector) => ToyKernels.touched.map((position) => vector[position] as number)),
      records: Array.from({ length: epochStep }, (_, step) =>
        [lossSum, correct, gradientNorm].map(
          (field) => memory.stepRecords[step * stepRecord.fields + field] as number,
        ),
      ),
    };
  }

  /** Of the evaluation. */
  scores() {
    const memory = this.#memory;
    const shards = Array.from({ length: shardsInStep(evaluationPlan, 0) }, (_, shard) => shard);
    return {
      losses: shards.map((shard) => memory.shardLoss(shard)),
      correct: shards.map((shard) => memory.shardCorrect(shard)),
      predictions: [...memory.predictions],
    };
  }
}
