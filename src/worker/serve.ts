import type { MessagePort } from 'node:worker_threads';
import { threadId } from 'node:worker_threads';
import * as Comlink from 'comlink';
import { stepsPerEpoch } from '../shared/batch-plan.ts';
import { isInThread } from '../shared/device.ts';
import { workerStatistics as statistic } from '../shared/memory-layout.ts';
import { noAugmentation } from '../shared/model-options.ts';
import { parameterLayout } from '../shared/parameters.ts';
import type { WorkerAssignment, WorkerControl } from '../shared/protocol.ts';
import { RankShare } from '../shared/rank-share.ts';
import { RunMemory } from '../shared/run-memory.ts';
import { StepCursor } from '../shared/step-cursor.ts';
import { StepPhases } from '../shared/step-phases.ts';
import { TraceRing } from '../shared/trace-ring.ts';
import { WorkQueue } from '../shared/work-queue.ts';
import { createAugmentation } from './augmentation.ts';
import { DeviceEngine } from './device-engine.ts';
import { runDeviceTasks } from './device-loop.ts';
import { instantiateKernels } from './instantiate-kernels.ts';
import { ParameterUpdate } from './parameter-update.ts';
import { ProcessEngine } from './process/process-engine.ts';
import type { ShardEngine } from './shard-engine.ts';
import { ShardGroup } from './shard-group.ts';
import { runTasks } from './task-loop.ts';
import { TracedEngine, TracedPhases, TracedQueue, TracedUpdate } from './tracing.ts';
import { WasmEngine } from './wasm-engine.ts';

/** What the pool posts to a thread. */
export interface WorkerTask {
  assignment: WorkerAssignment;
  port: MessagePort;
  /** int32[1] in shared memory: pid of the process that computes for the worker, 0 while there is none. */
  processId: Int32Array;
}

/** The task loop of a worker, bound to its engine. */
interface Computation {
  /** What computes, as it is shown to people. */
  readonly device: string;
  /** Works until the queue falls idle or is paused. */
  run(): Promise<void>;
  dispose(): Promise<void>;
}

/**
 * The pool's one long task on a thread: serves the control channel until `stop` is called. The last two are for tests that slow a
 * worker down or make it fail.
 * @param decorate wraps the engine of a worker that computes in its own thread
 * @param engineFile what the process of any other worker runs
 */
export async function serveWorker(
  task: WorkerTask,
  decorate: (engine: ShardEngine, worker: number) => ShardEngine = (engine) => engine,
  engineFile?: URL,
): Promise<void> {
  const { assignment, port } = task;
  const { worker, layout } = assignment;
  const memory = new RunMemory(assignment.memory.buffer as unknown as SharedArrayBuffer, layout);
  const statistics = memory.workerStatistics(worker);
  const computation = await prepareComputation(task, memory, decorate, engineFile);

  await new Promise<void>((resolve) => {
    const control: WorkerControl = {
      describe: () => ({ worker, device: computation.device, threadId }),
      start: () => computation.run(),
      health: () => ({
        worker,
        microShards: statistics[statistic.microShards] as number,
        heapUsedBytes: process.memoryUsage().heapUsed,
      }),
      stop: () => resolve(),
    };
    Comlink.expose(control, port as unknown as Comlink.Endpoint);
  });
  await computation.dispose();
  port.close();
}

async function prepareComputation(
  task: WorkerTask,
  memory: RunMemory,
  decorate: (engine: ShardEngine, worker: number) => ShardEngine,
  engineFile: URL | undefined,
): Promise<Computation> {
  const { assignment } = task;
  const { worker, layout, plan, options, clipNorm } = assignment;
  const { buffer } = memory;
  const cursor = new StepCursor(buffer, layout);
  const share = new RankShare(plan, assignment.evaluationPlan, assignment.rank);
  const ring = layout.needs.traceCapacity > 0 ? new TraceRing(buffer, layout, worker) : undefined;
  const queue = ring ? new TracedQueue(buffer, layout, cursor, ring) : new WorkQueue(buffer, layout);
  const kernels = await instantiateKernels(assignment.kernels, assignment.memory);
  const updateOptions = { parameters: parameterLayout(options.model), clipNorm };
  const phasesParts = { queue, cursor, memory, plan, share, clips: clipNorm !== undefined };
  const parts = {
    queue,
    cursor,
    plan,
    evaluationPlan: assignment.evaluationPlan,
    share,
    spin: assignment.spin,
    phases: ring ? new TracedPhases(phasesParts, ring) : new StepPhases(phasesParts),
    update: ring
      ? new TracedUpdate(kernels, memory, updateOptions, cursor, ring)
      : new ParameterUpdate(kernels, memory, updateOptions),
    statistics: memory.workerStatistics(worker),
    taskSeconds: memory.taskSeconds,
    groupFor: (task: number) => new ShardGroup(kernels, layout, worker, task),
  };
  if (isInThread(assignment.device)) {
    const bareEngine = decorate(new WasmEngine({ kernels, layout, worker, plan, options }), worker);
    const engine = ring ? new TracedEngine(bareEngine, ring) : bareEngine;
    // One object for all epochs: the loop is compiled for its shape.
    const loopParts = { ...parts, engine };
    return {
      device: engine.device,
      run: () => {
        engine.invalidateParameters();
        return runTasks(loopParts);
      },
      dispose: async () => {},
    };
  }
  const hosted = await startProcess(task, engineFile);
  const steps = stepsPerEpoch(plan);
  const engine = new DeviceEngine(
    hosted,
    memory,
    worker,
    plan.microBatch,
    (globalStep) => Math.floor(globalStep / steps) + 1,
    createAugmentation(kernels, memory, worker, options),
  );
  return {
    device: engine.device,
    run: () => {
      engine.invalidateParameters();
      return runDeviceTasks({ ...parts, engine, ring, workers: layout.needs.workers });
    },
    dispose: () => engine.dispose(),
  };
}

function startProcess({ assignment, processId }: WorkerTask, file: URL | undefined): Promise<ProcessEngine> {
  const { worker, device, plan, options, timeoutSeconds, verbose } = assignment;
  return ProcessEngine.start({
    device,
    maximumBatch: plan.microBatch,
    // Images are augmented in this thread: by the same code, and to the same pixels, for all devices.
    options: { ...options, augmentation: noAugmentation },
    timeoutMilliseconds: timeoutSeconds * 1000,
    onProcess: (pid) => Atomics.store(processId, 0, pid),
    onOutput: verbose
      ? (line) => process.stderr.write(`worker ${worker} on ${device}: ${line}\n`)
      : undefined,
    file,
  });
}
