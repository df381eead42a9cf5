import { compileKernels } from '../../src/coordinator/kernels.ts';
import { hashWeights } from '../../src/coordinator/weights-hash.ts';
import { writeAdamSchedule } from '../../src/shared/adam.ts';
import { shardsInStep, stepsPerEpoch } from '../../src/shared/batch-plan.ts';
import { initialParameters } from '../../src/shared/initial-parameters.ts';
import { layoutMemory, stepRecord } from '../../src/shared/memory-layout.ts';
import { RunMemory } from '../../src/shared/run-memory.ts';
import { StepCursor } from '../../src/shared/step-cursor.ts';
import { StepPhases } from '../../src/shared/step-phases.ts';
import { phaseKinds, WorkQueue } from '../../src/shared/work-queue.ts';
import { instantiateKernels } from '../../src/worker/instantiate-kernels.ts';
import { ParameterUpdate } from '../../src/worker/parameter-update.ts';
import { runTasks } from '../../src/worker/task-loop.ts';
import { WasmEngine } from '../../src/worker/wasm-engine.ts';
import { readFashionImages } from '../reference/fashion-images.ts';

/** 2 steps, of 3 and 2 micro-shards. */
const plan = { sampleCount: 13, batchSize: 8, microBatch: 3 };
const evaluationPlan = { sampleCount: 10, batchSize: 10, microBatch: 3 };

/** The product's own task loop, queue and kernels, on the thread of the test: so that a test can stop them anywhere. */
export class SimulatedTraining {
  readonly #memory: RunMemory;
  readonly #cursor: StepCursor;
  readonly #queue: WorkQueue;
  readonly #phases: StepPhases;
  readonly #work: () => Promise<void>;

  private constructor(memory: RunMemory, work: (parts: SimulatedTraining) => Promise<void>) {
    this.#memory = memory;
    this.#cursor = new StepCursor(memory.buffer, memory.layout);
    this.#queue = new WorkQueue(memory.buffer, memory.layout);
    this.#phases = new StepPhases(this.#queue, this.#cursor, memory, plan);
    this.#work = () => work(this);
  }

  /** @param afterShard called when a micro-shard's gradients are written */
  static async create(afterShard: (memory: RunMemory, globalStep: number, slot: number) => void = () => {}) {
    const { module, scratchBytes } = await compileKernels();
    const { images, labels } = readFashionImages();
    const layout = layoutMemory({
      workers: 1,
      images: labels.length,
      trainingSamples: plan.sampleCount,
      evaluationSamples: evaluationPlan.sampleCount,
      stepsPerEpoch: stepsPerEpoch(plan),
      slots: shardsInStep(plan, 0),
      evaluationShards: shardsInStep(evaluationPlan, 0),
      scratchBytesPerWorker: scratchBytes(plan.microBatch),
    });
    const pages = layout.totalBytes / 65_536;
    const shared = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    const kernels = await instantiateKernels(module, shared);
    const memory = new RunMemory(shared.buffer as unknown as SharedArrayBuffer, layout);
    memory.images.set(images);
    memory.labels.set(labels);
    memory.trainingOrder.set(Array.from({ length: plan.sampleCount }, (_, index) => (index * 5) % 64));
    memory.evaluationOrder.set(Array.from({ length: evaluationPlan.sampleCount }, (_, index) => 30 + index));
    writeAdamSchedule(0, [0.01, 0.01], memory.optimizerSchedule);

    const engine = new WasmEngine(kernels, layout, 0);
    return new SimulatedTraining(memory, async (training) => {
      engine.invalidateParameters();
      await runTasks({
        queue: training.#queue,
        cursor: training.#cursor,
        phases: training.#phases,
        engine: {
          device: engine.device,
          invalidateParameters: () => {},
          evaluate: (...shard) => engine.evaluate(...shard),
          lossAndGradients: (globalStep, shard, slot) => {
            engine.lossAndGradients(globalStep, shard, slot);
            afterShard(memory, globalStep, slot);
          },
        },
        update: new ParameterUpdate(kernels, memory),
        plan,
        evaluationPlan,
        statistics: memory.workerStatistics(0),
        spin: false,
      });
    });
  }

  /** Begins anew: all that a run before left in the memory is overwritten with garbage or initial values. */
  reset(): void {
    const { layout, buffer } = this.#memory;
    new Uint8Array(buffer).fill(0xee, layout.meanGradient, layout.scratch);
    this.#memory.stepRecords.fill(-1);
    for (const step of [0, 1]) {
      this.#memory.parameters(step).fill(step === 0 ? 0 : 1e30);
      this.#memory.firstMoments(step).fill(step === 0 ? 0 : 1e30);
      this.#memory.secondMoments(step).fill(step === 0 ? 0 : 1e30);
    }
    this.#memory.parameters(0).set(initialParameters(0));
    this.#cursor.place(0, 0);
    this.#queue.open(phaseKinds.idle, 0);
  }

  /** A worker's time in the queue: to the end of the epoch, or to its death. */
  async work(): Promise<void> {
    await this.#work();
  }

  openEpoch(): void {
    this.#cursor.stopStep = stepsPerEpoch(plan);
    this.#phases.openSteps();
  }

  openEvaluation(): void {
    this.#queue.open(phaseKinds.evaluate, shardsInStep(evaluationPlan, 0));
  }

  /** What the coordinator does when a worker was lost. */
  recover(): void {
    this.#queue.pause();
    this.#phases.recover();
  }

  /** All that a run's result derives from. */
  state() {
    const { globalStep, epochStep, failed } = this.#cursor;
    return {
      idle: this.#queue.kind === phaseKinds.idle,
      paused: this.#queue.paused,
      globalStep,
      epochStep,
      failed,
      parameters: hashWeights(this.#memory.parameters(globalStep)),
      firstMoments: hashWeights(this.#memory.firstMoments(globalStep)),
      secondMoments: hashWeights(this.#memory.secondMoments(globalStep)),
      records: Array.from({ length: epochStep }, (_, step) => [
        this.#record(step, stepRecord.lossSum),
        this.#record(step, stepRecord.correct),
        this.#record(step, stepRecord.gradientNorm),
      ]),
    };
  }

  /** Of the evaluation. */
  scores() {
    const shards = Array.from({ length: shardsInStep(evaluationPlan, 0) }, (_, shard) => shard);
    return {
      losses: shards.map((shard) => this.#memory.shardLoss(shard)),
      correct: shards.map((shard) => this.#memory.shardCorrect(shard)),
      predictions: [...this.#memory.predictions],
    };
  }

  #record(step: number, field: number): number {
    return this.#memory.stepRecords[step * stepRecord.fields + field] as number;
  }
}
