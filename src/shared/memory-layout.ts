import { schedule } from './adam.ts';
import { imageSize } from './model.ts';

/** What a run needs room for. Counts of samples, steps and threads, not bytes. */
export interface MemoryNeeds {
  workers: number;
  /** Of a vector of the model's parameters: see `parameterLayout`. */
  parameters: number;
  /** Whether a moving average of the parameters is kept. */
  averages: boolean;
  /** Images held in memory: the training set with its validation part, or the test set. */
  images: number;
  /** Samples of one epoch; 0 where nothing is trained. */
  trainingSamples: number;
  /** Samples of the largest evaluation. */
  evaluationSamples: number;
  /** Optimizer steps of one epoch. */
  stepsPerEpoch: number;
  /** Gradient slots of one full batch. */
  slots: number;
  /** Micro-shards of one full batch. */
  shards: number;
  /** Slots beside those in which each worker adds up the gradients of a task's micro-shards. */
  spareSlotsPerWorker: number;
  /** Micro-shards of the largest evaluation. */
  evaluationShards: number;
  /** Bytes of kernel scratch for one worker. */
  scratchBytesPerWorker: number;
  /** Spans in each worker's ring of the trace: a power of two, or 0 where nothing is traced. */
  traceCapacity: number;
  /** Processes that train the run together; 1 where this one is alone. */
  ranks: number;
  /** Most blocks of tasks that the ranks exchange the sums of in a step; 0 where there is one rank, as is the next. */
  blocks: number;
  /** Most micro-shards that a rank computes in a step. */
  shardsPerRank: number;
}

/** Byte addresses of everything in the one shared memory; each region starts on a cache line. */
export interface MemoryLayout {
  readonly needs: MemoryNeeds;
  /** int32 words of the work queue, see work-queue.ts. */
  control: number;
  /** int32 words of the training's position, see step-cursor.ts. */
  cursor: number;
  /** int32[taskCapacity]: 1 for a task of the current phase that is done. */
  tasksDone: number;
  /** int32[taskCapacity]: the tasks on offer, in the order in which they are claimed. */
  taskList: number;
  taskCapacity: number;
  /** Ranges of the parameters: a sum of squares of the gradient is one range's, whoever adds it up. */
  updateRanges: number;
  /** How many neighbouring ranges are one task of the update phase. */
  rangesPerTask: number;
  /** Tasks of the update phase. */
  updateTasks: number;
  /**
   * float64[taskCapacity][2]: seconds that a task of the current phase took; of a task of the update, the reduction's and the
   * optimizer's.
   */
  taskSeconds: number;
  /** float64[workers][workerStatisticsFields]. */
  workerStatistics: number;
  /** float32[stepsPerEpoch][schedule.fields], see adam.ts. */
  optimizerSchedule: number;
  /** float64[stepsPerEpoch][stepRecordFields]. */
  stepRecords: number;
  /** uint32[trainingSamples]: positions of this epoch's samples in `images`. */
  trainingOrder: number;
  /** uint32[evaluationSamples]. */
  evaluationOrder: number;
  /** uint8[evaluationSamples]: predicted classes. */
  predictions: number;
  /** Two sets of float32[needs.parameters] each for parameters and Adam's moments: a step reads one and writes the other. */
  parameters: readonly [number, number];
  firstMoments: readonly [number, number];
  secondMoments: readonly [number, number];
  /** What is evaluated and kept: a moving average of the parameters, or the very same addresses. */
  averages: readonly [number, number];
  /** float32[needs.parameters]. */
  meanGradient: number;
  /** float32[slots + workers × spareSlotsPerWorker][slotStride / 4]: a gradient sum each. */
  gradientSlots: number;
  slotStride: number;
  /** { float64 loss sum, int32 correct, padding }[max(shards, evaluationShards)], 16 bytes each. */
  shardResults: number;
  /** float64[updateRanges]: sum of squares of the mean gradient in each range of the update. */
  squareSums: number;
  /** Kernel scratch: worker w's starts at scratch + w × scratchBytesPerWorker. */
  scratch: number;
  /** float32[blocks][slotStride / 4]: the gradient sum of each block of tasks, of all ranks. Empty where there is one rank. */
  blockSums: number;
  /** uint8[ranks][rankMessageBytes], see rank-message.ts. Empty where there is one rank. */
  rankMessages: number;
  rankMessageBytes: number;
  /** A ring for each worker, see trace-ring.ts; empty where nothing is traced. */
  traceRings: number;
  /** uint8[images][28][28]. */
  images: number;
  /** uint8[images]. */
  labels: number;
  totalBytes: number;
}

/** Elements of the parameter vector in a range: 16 ranges for 61,706 parameters. */
export const updateRangeLength = 4096;
/** As far as there are as many ranges: so that a worker that comes late leaves some of the update to the others. */
const updateTasksPerWorker = 4;
export const shardResultBytes = 16;

const cacheLine = 64;
const wasmPage = 65_536;
/** A WebAssembly memory with 32-bit addresses ends at 4 GiB. */
const maximumMemoryBytes = 65_536 * wasmPage;
/** The first 64 KiB belong to the kernels' own static data, which every instantiation writes anew. */
const firstAddress = wasmPage;
const controlBytes = 256;

/** Float64 fields of one worker's statistics, written by that worker alone. */
export const workerStatistics = {
  fields: 9,
  microShards: 0,
  computeSeconds: 1,
  updateSeconds: 2,
  waitSeconds: 3,
  evaluationSeconds: 4,
  /** Time inside the task loop; what the other figures do not explain is bookkeeping. */
  totalSeconds: 5,
  /** Of training. */
  samples: 6,
  /** What the device holds between calls; 0 where it does not tell. */
  deviceBytes: 7,
  deviceTensors: 8,
} as const;

/**
 * Float64 fields of one step's record, written by the worker that completes the step. The five phases are means over the workers
 * and add up to `seconds`.
 */
export const stepRecord = {
  fields: 9,
  lossSum: 0,
  correct: 1,
  gradientNorm: 2,
  /** Forward and backward kernels. */
  computeSeconds: 3,
  reduceSeconds: 4,
  optimizerSeconds: 5,
  /** For other workers, and bookkeeping. */
  waitSeconds: 6,
  seconds: 7,
  /** Exchange with other machines: stays 0 on one. */
  gatherSeconds: 8,
} as const;

/** Float64 fields of one span of the trace. */
export const traceSpan = { fields: 6, type: 0, kind: 1, begin: 2, end: 3, globalStep: 4, task: 5 } as const;

/** Bytes at the beginning of a rank's message: float64 fields, see rank-message.ts. Its micro-shards' results follow. */
export const rankHeaderBytes = 128;

/** Bytes of one worker's ring: a cache line with the count of spans written, then the spans. */
export function traceRingBytes(capacity: number): number {
  if (capacity === 0) return 0;
  return Math.ceil((cacheLine + capacity * traceSpan.fields * 8) / cacheLine) * cacheLine;
}

/** How many neighbouring ranges are one task of the update phase: each task has its price, so few workers get large ones. */
function rangesPerUpdateTask(ranges: number, workers: number): number {
  return Math.max(1, Math.floor(ranges / (updateTasksPerWorker * workers)));
}

/** Bytes from one gradient sum to the next: whole cache lines. @param parameters length of a sum */
export function slotStrideBytes(parameters: number): number {
  return Math.ceil((parameters * 4) / cacheLine) * cacheLine;
}

/** Lays out the shared memory. @throws RangeError when it would pass 4 GiB. */
export function layoutMemory(needs: MemoryNeeds): MemoryLayout {
  let next = firstAddress;
  const region = (bytes: number): number => {
    const address = next;
    next = Math.ceil((next + bytes) / cacheLine) * cacheLine;
    return address;
  };
  const vectorBytes = needs.parameters * 4;
  const vector = () => region(vectorBytes);
  const updateRanges = Math.ceil(needs.parameters / updateRangeLength);
  const rangesPerTask = rangesPerUpdateTask(updateRanges, needs.workers);
  const updateTasks = Math.ceil(updateRanges / rangesPerTask);
  const taskCapacity = Math.max(needs.slots, needs.evaluationShards, updateTasks);
  const slotStride = slotStrideBytes(needs.parameters);
  const rankMessageBytes = rankHeaderBytes + needs.shardsPerRank * shardResultBytes;

  const parameters = [vector(), vector()] as const;
  const layout = {
    needs,
    control: region(controlBytes),
    cursor: region(cacheLine),
    tasksDone: region(taskCapacity * 4),
    taskList: region(taskCapacity * 4),
    taskCapacity,
    updateRanges,
    rangesPerTask,
    updateTasks,
    taskSeconds: region(taskCapacity * 2 * 8),
    workerStatistics: region(needs.workers * workerStatistics.fields * 8),
    optimizerSchedule: region(needs.stepsPerEpoch * schedule.fields * 4),
    stepRecords: region(needs.stepsPerEpoch * stepRecord.fields * 8),
    trainingOrder: region(needs.trainingSamples * 4),
    evaluationOrder: region(needs.evaluationSamples * 4),
    predictions: region(needs.evaluationSamples),
    parameters,
    averages: needs.averages ? ([vector(), vector()] as const) : parameters,
    firstMoments: [vector(), vector()] as const,
    secondMoments: [vector(), vector()] as const,
    meanGradient: vector(),
    slotStride,
    gradientSlots: region((needs.slots + needs.workers * needs.spareSlotsPerWorker) * slotStride),
    shardResults: region(Math.max(needs.shards, needs.evaluationShards) * shardResultBytes),
    squareSums: region(updateRanges * 8),
    scratch: region(needs.workers * needs.scratchBytesPerWorker),
    blockSums: region(needs.blocks * slotStride),
    rankMessages: region(needs.ranks > 1 ? needs.ranks * rankMessageBytes : 0),
    rankMessageBytes,
    traceRings: region(needs.workers * traceRingBytes(needs.traceCapacity)),
    images: region(needs.images * imageSize),
    labels: region(needs.images),
    totalBytes: 0,
  };
  layout.totalBytes = Math.ceil(next / wasmPage) * wasmPage;
  if (layout.totalBytes > maximumMemoryBytes) {
    throw new RangeError(
      `shared memory of ${layout.totalBytes} bytes, at most ${maximumMemoryBytes} can be addressed`,
    );
  }
  return layout;
}
