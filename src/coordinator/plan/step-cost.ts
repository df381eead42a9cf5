import { rankHeaderBytes, shardResultBytes, updateRangeLength } from '../../shared/memory-layout.ts';
import { dealTasks } from '../../shared/rank-share.ts';
import type { Network } from './allgather-cost.ts';
import { type PredictedGather, predictGather } from './mpi-algorithms.ts';

/** How quick the kernels are: seconds on one core while as many workers compute as will. */
export interface KernelSpeed {
  /** Forward and backward of a full micro-shard, with its gradients added to those of its task. */
  shardSeconds: number;
  /** The tree over so many gradient sums, by ascending number. */
  reduction: readonly { sums: number; seconds: number }[];
  /** Adam over all parameters. */
  optimizerSeconds: number;
  /** What opening and ending a phase of a step costs, waiting for the last worker included. */
  phaseSeconds: number;
}

/** What a step has to do, whoever does it. */
export interface StepWork {
  samples: number;
  /** Of full micro-shards, each of `shardsPerTask`. */
  tasks: number;
  shardsPerTask: number;
  /** Length of the parameter vector. */
  parameters: number;
  /** Bytes of the sum over a block. */
  sumBytes: number;
}

/** Hosts with a rank each. */
export interface Cluster {
  hosts: number;
  /** Of each rank. */
  workers: number;
  /** Cores of each rank: fewer than its workers where ranks share a machine. By default each worker has its own. */
  coresPerRank?: number;
}

export interface StepCost extends PredictedPhases {
  hosts: number;
  /** Blocks of which the sums are exchanged; none where there is one host. */
  blocks: number;
  /** Mean over all workers; below 1 some have nothing to do. */
  shardsPerWorker: number;
  sumBytes: number;
  gather: (PredictedGather & { messageBytes: number }) | undefined;
  stepSeconds: number;
  samplesPerSecond: number;
  /** Throughput, by that of one worker alone. */
  speedUp: number;
  /** The speed-up, by the number of workers. */
  efficiency: number;
}

interface PredictedPhases {
  /** Forward and backward, of the rank that has most to do. */
  computeSeconds: number;
  /** Of a rank's gradients into the sums of its blocks. */
  combineSeconds: number;
  gatherSeconds: number;
  /** The tree over all sums and Adam, which each rank does by itself. */
  updateSeconds: number;
  overheadSeconds: number;
}

/**
 * Beyond what the α-β model knows: waking the thread that exchanges, two calls into the MPI library, and waking the workers.
 * Measured with two ranks on one machine, see docs/plan.md.
 */
const handOverSeconds = 120e-6;

/** Predicts a step; nothing that ranks wait for one another because one is slower by chance. */
export function predictStep(
  cluster: Cluster,
  work: StepWork,
  speed: KernelSpeed,
  network: Network,
): StepCost {
  const phases = predictPhases(cluster, work, speed, network);
  const alone = totalSeconds(predictPhases({ hosts: 1, workers: 1 }, work, speed, network));
  const stepSeconds = totalSeconds(phases);
  const { hosts, workers } = cluster;
  return {
    ...phases,
    hosts,
    sumBytes: work.sumBytes,
    shardsPerWorker: (work.tasks * work.shardsPerTask) / (hosts * workers),
    stepSeconds,
    samplesPerSecond: work.samples / stepSeconds,
    speedUp: alone / stepSeconds,
    efficiency: alone / stepSeconds / (hosts * workers),
  };
}

function totalSeconds(phases: PredictedPhases): number {
  const { computeSeconds, combineSeconds, gatherSeconds, updateSeconds, overheadSeconds } = phases;
  return computeSeconds + combineSeconds + gatherSeconds + updateSeconds + overheadSeconds;
}

function predictPhases(
  { hosts, workers, coresPerRank = workers }: Cluster,
  { tasks, shardsPerTask, parameters, sumBytes }: StepWork,
  speed: KernelSpeed,
  network: Network,
): PredictedPhases & Pick<StepCost, 'blocks' | 'gather'> {
  const slowdown = Math.max(1, workers / coresPerRank);
  const compute = (rankTasks: number) =>
    slowdown * Math.ceil(rankTasks / workers) * shardsPerTask * speed.shardSeconds;
  const inRanges = (seconds: number) => slowdown * seconds * largestShareOfRanges(parameters, workers);
  const update = (sums: number) => inRanges(reductionSeconds(speed, sums) + speed.optimizerSeconds);
  if (hosts === 1) {
    return {
      blocks: 0,
      gather: undefined,
      computeSeconds: compute(tasks),
      combineSeconds: 0,
      gatherSeconds: 0,
      updateSeconds: update(tasks),
      overheadSeconds: 2 * speed.phaseSeconds,
    };
  }
  const { blockTasks, blocks } = dealTasks(tasks, hosts);
  const blocksOfRank = Math.ceil(blocks / hosts);
  const rankTasks = Math.min(tasks, blocksOfRank * blockTasks);
  const messageBytes = rankHeaderBytes + rankTasks * shardsPerTask * shardResultBytes;
  const gather = predictGather(
    {
      messages: { ranks: hosts, blocks: hosts, blockBytes: messageBytes },
      sums: { ranks: hosts, blocks, blockBytes: sumBytes },
    },
    network,
  );
  return {
    blocks,
    gather: { ...gather, messageBytes },
    computeSeconds: compute(rankTasks),
    combineSeconds: inRanges(blocksOfRank * reductionSeconds(speed, blockTasks)),
    gatherSeconds: gather.seconds + handOverSeconds,
    updateSeconds: update(blocks),
    overheadSeconds: 3 * speed.phaseSeconds,
  };
}

/** Share of the parameters that the worker with most of them has: ranges of 4,096 are not cut. Tasks of several ranges, which few workers have, come to the same. */
function largestShareOfRanges(parameters: number, workers: number): number {
  const wholeRanges = Math.floor(parameters / updateRangeLength);
  const ofWholeRanges = (Math.ceil(wholeRanges / workers) * updateRangeLength) / parameters;
  return Math.max(1 / workers, Math.min(1, ofWholeRanges));
}

/** Between the numbers that were measured along a line; beyond the largest in proportion. */
function reductionSeconds({ reduction }: KernelSpeed, sums: number): number {
  const next = reduction.find((each) => each.sums >= sums);
  const previous = reduction.findLast((each) => each.sums <= sums);
  if (next === undefined) return previous === undefined ? 0 : (previous.seconds * sums) / previous.sums;
  if (previous === undefined || previous.sums === next.sums) return next.seconds;
  const share = (sums - previous.sums) / (next.sums - previous.sums);
  return previous.seconds + share * (next.seconds - previous.seconds);
}
