import type { MessagePort } from 'node:worker_threads';
import { threadId } from 'node:worker_threads';
import * as Comlink from 'comlink';
import { workerStatistics as statistic } from '../shared/memory-layout.ts';
import { parameterLayout } from '../shared/parameters.ts';
import type { WorkerAssignment, WorkerControl } from '../shared/protocol.ts';
import { RunMemory } from '../shared/run-memory.ts';
import { StepCursor } from '../shared/step-cursor.ts';
import { StepPhases } from '../shared/step-phases.ts';
import { TraceRing } from '../shared/trace-ring.ts';
import { WorkQueue } from '../shared/work-queue.ts';
import { instantiateKernels } from './instantiate-kernels.ts';
import { ParameterUpdate } from './parameter-update.ts';
import type { ShardEngine } from './shard-engine.ts';
import { runTasks } from './task-loop.ts';
import { TracedEngine, TracedPhases, TracedQueue, TracedUpdate } from './tracing.ts';
import { WasmEngine } from './wasm-engine.ts';

/** What the pool posts to a thread. */
export interface WorkerTask {
  assignment: WorkerAssignment;
  port: MessagePort;
}

/**
 * The pool's one long task on a thread: serves the control channel until `stop` is called.
 * @param decorate wraps the engine; for tests that slow a worker down or make it fail
 */
export async function serveWorker(
  task: WorkerTask,
  decorate: (engine: ShardEngine, worker: number) => ShardEngine = (engine) => engine,
): Promise<void> {
  const { assignment, port } = task;
  const { worker, layout, plan, evaluationPlan, options, clipNorm, spin } = assignment;
  const clips = clipNorm !== undefined;
  const buffer = assignment.memory.buffer as unknown as SharedArrayBuffer;
  const memory = new RunMemory(buffer, layout);
  const cursor = new StepCursor(buffer, layout);
  const ring = layout.needs.traceCapacity > 0 ? new TraceRing(buffer, layout, worker) : undefined;
  const queue = ring ? new TracedQueue(buffer, layout, cursor, ring) : new WorkQueue(buffer, layout);
  const kernels = await instantiateKernels(assignment.kernels, assignment.memory);
  const updateOptions = { parameters: parameterLayout(options.model), clipNorm };
  const bareEngine = decorate(new WasmEngine({ kernels, layout, worker, plan, options }), worker);
  const engine = ring ? new TracedEngine(bareEngine, ring) : bareEngine;
  const parts = {
    queue,
    cursor,
    engine,
    plan,
    evaluationPlan,
    spin,
    phases: ring
      ? new TracedPhases({ queue, cursor, memory, plan, clips }, ring)
      : new StepPhases(queue, cursor, memory, plan, clips),
    update: ring
      ? new TracedUpdate(kernels, memory, updateOptions, ring)
      : new ParameterUpdate(kernels, memory, updateOptions),
    statistics: memory.workerStatistics(worker),
    taskSeconds: memory.taskSeconds,
  };

  await new Promise<void>((resolve) => {
    const control: WorkerControl = {
      describe: () => ({ worker, device: engine.device, threadId }),
      start: () => {
        engine.invalidateParameters();
        return runTasks(parts);
      },
      health: () => ({
        worker,
        microShards: parts.statistics[statistic.microShards] as number,
        heapUsedBytes: process.memoryUsage().heapUsed,
      }),
      stop: () => resolve(),
    };
    Comlink.expose(control, port as unknown as Comlink.Endpoint);
  });
  port.close();
}
