import type { BatchPlan } from './batch-plan.ts';
import type { EngineOptions } from './engine-options.ts';
import type { MemoryLayout } from './memory-layout.ts';
import type { Rank } from './rank-share.ts';

/** What a worker thread is given at its start; the memory is shared, nothing in it is copied. */
export interface WorkerAssignment {
  /** 0-based; names the worker's statistics and scratch. */
  worker: number;
  /** A single device, such as `cpu` or `cuda:0`. */
  device: string;
  kernels: WebAssembly.Module;
  memory: WebAssembly.Memory;
  layout: MemoryLayout;
  plan: BatchPlan;
  evaluationPlan: BatchPlan;
  /** Of the process. */
  rank: Rank;
  options: EngineOptions;
  /** Largest norm of the gradient, if it is clipped. */
  clipNorm: number | undefined;
  /** Whether the thread may look for new work without sleeping: where each worker has a core of its own. */
  spin: boolean;
  /** How long a device may take for an answer before the worker gives up. */
  timeoutSeconds: number;
  /** Whether what a device's process prints is shown as it comes. */
  verbose: boolean;
}

interface WorkerDescription {
  worker: number;
  device: string;
  threadId: number;
}

interface WorkerHealth {
  worker: number;
  /** Micro-shards of training done since the start. */
  microShards: number;
  heapUsedBytes: number;
}

/** The control channel: what the coordinator calls on a worker, over Comlink. Results lie in shared memory. */
export interface WorkerControl {
  describe(): WorkerDescription;
  /** Works on the queue until it falls idle. Answers other calls meanwhile, within about 50 ms. */
  start(): Promise<void>;
  health(): WorkerHealth;
  /** Ends the thread's task. */
  stop(): void;
}
