import { type BatchPlan, shardsInStep, stepsPerEpoch, tasksInStep } from './batch-plan.ts';

/** Which of the processes that train one run together this is. */
export interface Rank {
  /** 0-based. */
  rank: number;
  /** How many there are; 1 where a machine trains alone. */
  size: number;
}

export const aloneRank: Rank = { rank: 0, size: 1 };

/** From `first` to before `end`. */
export interface Interval {
  first: number;
  end: number;
}

/** How the tasks of a step are dealt to the ranks: in blocks, each of which is a branch of the tree over all tasks. */
export interface Dealing {
  tasks: number;
  /** Tasks of a block: a power of two; the last block may be short. */
  blockTasks: number;
  blocks: number;
}

/** So much more than an even share may be a rank's lot, if the blocks, of which one sum each is exchanged, get larger by it. */
const toleratedImbalance = 1.125;

/**
 * The largest blocks that leave the ranks' shares nearly even. Blocks begin on multiples of their length, so that the sum over one
 * is a node of the tree over all tasks, whoever computed it.
 */
export function dealTasks(tasks: number, size: number): Dealing {
  const evenShare = Math.ceil(tasks / size);
  let blockTasks = 1;
  for (let length = 2; length < 2 * evenShare; length *= 2) {
    const share = Math.ceil(Math.ceil(tasks / length) / size) * length;
    if (share <= toleratedImbalance * evenShare) blockTasks = length;
  }
  return { tasks, blockTasks, blocks: Math.ceil(tasks / blockTasks) };
}

/** Blocks [first, end) of a rank; none where there are fewer blocks than ranks. */
export function blocksOfRank({ blocks }: Dealing, { rank, size }: Rank): Interval {
  return { first: Math.floor((rank * blocks) / size), end: Math.floor(((rank + 1) * blocks) / size) };
}

/** Tasks [first, end) of a rank. */
export function tasksOfRank(dealing: Dealing, rank: Rank): Interval {
  const { first, end } = blocksOfRank(dealing, rank);
  return { first: first * dealing.blockTasks, end: Math.min(end * dealing.blockTasks, dealing.tasks) };
}

function blocksWithTasks(dealing: Dealing, rank: Rank): ReadonlyMap<number, Interval> {
  const { blockTasks, tasks } = dealing;
  const { first, end } = blocksOfRank(dealing, rank);
  return new Map(
    Array.from({ length: end - first }, (_, index) => {
      const begin = (first + index) * blockTasks;
      return [first + index, { first: begin, end: Math.min(begin + blockTasks, tasks) }];
    }),
  );
}

/** What of each step, and of the evaluation, is one rank's; for one that is alone, all of it. */
export class RankShare {
  readonly #plan: BatchPlan;
  readonly #evaluationPlan: BatchPlan;
  readonly #rank: Rank;
  /** All steps of an epoch but its last have the same number of tasks. */
  readonly #dealings = new Map<number, Dealing>();
  readonly #blocks = new Map<Dealing, ReadonlyMap<number, Interval>>();

  constructor(plan: BatchPlan, evaluationPlan: BatchPlan, rank: Rank) {
    this.#plan = plan;
    this.#evaluationPlan = evaluationPlan;
    this.#rank = rank;
  }

  get rank(): Rank {
    return this.#rank;
  }

  get isAlone(): boolean {
    return this.#rank.size === 1;
  }

  dealing(step: number): Dealing {
    return this.#deal(tasksInStep(this.#plan, step));
  }

  /** Micro-shards of a step, of all ranks: steps with as many are dealt alike. */
  shards(step: number): number {
    return shardsInStep(this.#plan, step);
  }

  /** Tasks [first, end) of a step's gradient phase. */
  gradientTasks(step: number, rank: Rank = this.#rank): Interval {
    if (this.isAlone) return { first: 0, end: tasksInStep(this.#plan, step) };
    return tasksOfRank(this.dealing(step), rank);
  }

  /** Micro-shards [first, end) of a step. */
  gradientShards(step: number, rank: Rank = this.#rank): Interval {
    const { first, end } = this.gradientTasks(step, rank);
    const { shardsPerTask = 1 } = this.#plan;
    return {
      first: first * shardsPerTask,
      end: Math.min(end * shardsPerTask, this.shards(step)),
    };
  }

  /** Micro-shards [first, end) of the evaluation. */
  evaluationShards(rank: Rank = this.#rank): Interval {
    return tasksOfRank(this.#deal(shardsInStep(this.#evaluationPlan, 0)), rank);
  }

  /** The rank's blocks of a step, by their numbers: the tasks of each. */
  blocks(step: number): ReadonlyMap<number, Interval> {
    const dealing = this.dealing(step);
    const known = this.#blocks.get(dealing);
    if (known !== undefined) return known;
    const blocks = blocksWithTasks(dealing, this.#rank);
    this.#blocks.set(dealing, blocks);
    return blocks;
  }

  /** Leaves of the tree that a step's update adds up: one a task, or a block where the blocks are exchanged. */
  leaves(step: number): number {
    return this.isAlone ? tasksInStep(this.#plan, step) : this.dealing(step).blocks;
  }

  /** The ranks of the run, from 0. */
  ranks(): Rank[] {
    const { size } = this.#rank;
    return Array.from({ length: size }, (_, rank) => ({ rank, size }));
  }

  /** Most blocks of a step, and most micro-shards that a rank computes in one; both 0 for one that is alone. */
  mostOfAStep(): { blocks: number; shardsPerRank: number } {
    if (this.isAlone || this.#plan.sampleCount === 0) return { blocks: 0, shardsPerRank: 0 };
    // All full steps are alike; a short one may have smaller blocks.
    const steps = [0, stepsPerEpoch(this.#plan) - 1];
    const shards = steps.flatMap((step) =>
      this.ranks().map((rank) => {
        const { first, end } = this.gradientShards(step, rank);
        return end - first;
      }),
    );
    return {
      blocks: Math.max(...steps.map((step) => this.dealing(step).blocks)),
      shardsPerRank: Math.max(...shards),
    };
  }

  #deal(tasks: number): Dealing {
    const known = this.#dealings.get(tasks);
    if (known !== undefined) return known;
    const dealing = dealTasks(tasks, this.#rank.size);
    this.#dealings.set(tasks, dealing);
    return dealing;
  }
}
