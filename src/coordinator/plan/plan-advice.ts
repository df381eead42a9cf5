import { formatCount } from '../terminal/table.ts';
import type { HostPlan, PlannedHosts } from './host-plan.ts';
import { formatBytes, formatHosts, formatPercent } from './plan-report.ts';
import { hostsBelow, quickestHosts, sufficientBatch } from './scaling-limits.ts';

/** The efficiency that a batch is looked for to bring back. */
const goodEfficiency = 0.8;
const poorEfficiency = 0.5;

/** What a plan comes to. */
export interface PlanAdvice {
  /** The number of hosts from which on there are fewer micro-shards than workers. */
  idleFromHosts: number;
  /** From which on efficiency stays below 80 % and 50 %; undefined where it does not. */
  below80FromHosts: number | undefined;
  below50FromHosts: number | undefined;
  /** That take the least time for a step. */
  quickestHosts: number;
  /** The smallest batch with which all hosts reach 80 %; undefined where not even the whole training set does. */
  sufficientBatch: number | undefined;
  /** The most hosts that reach 80 % with the whole training set as one batch; 0 where one does not. */
  mostEfficientHosts: number;
}

/** @param hosts the most that there are @param workers of each host */
export function adviseOn(plan: HostPlan, hosts: number, workers: number): PlanAdvice {
  const { sampleCount, microBatch, shardsPerTask = 1 } = plan.batches;
  const predict = (count: number) => plan.predict(count);
  const smallestBatch = hosts * workers * microBatch * shardsPerTask;
  return {
    idleFromHosts: Math.floor(plan.shards / workers) + 1,
    below80FromHosts: hostsBelow(goodEfficiency, hosts, predict),
    below50FromHosts: hostsBelow(poorEfficiency, hosts, predict),
    quickestHosts: quickestHosts(hosts, predict),
    sufficientBatch: sufficientBatch(goodEfficiency, smallestBatch, sampleCount, (batch) =>
      plan.memoryBytes(hosts, batch) === undefined ? 0 : plan.predict(hosts, batch).efficiency,
    ),
    mostEfficientHosts:
      (hostsBelow(goodEfficiency, hosts, (count) => plan.predict(count, sampleCount)) ?? hosts + 1) - 1,
  };
}

/** A line for each thing that is to be known of a plan. @param rows the last of them is that of all hosts */
export function formatAdvice(advice: PlanAdvice, plan: HostPlan, rows: readonly PlannedHosts[]): string[] {
  const last = rows.at(-1) as PlannedHosts;
  return [
    describeBatch(advice, plan, last.hosts),
    describeEfficiency(advice, last.hosts),
    ...describeSufficientBatch(advice, plan, last),
    describeDominant(last),
    ...describeGather(last),
    ...describeMemory(rows),
  ];
}

function describeBatch({ idleFromHosts }: PlanAdvice, plan: HostPlan, hosts: number): string {
  const { batchSize, sampleCount, microBatch } = plan.batches;
  const cut = `a batch of ${formatCount(Math.min(batchSize, sampleCount))} is ${formatCount(plan.shards)} micro-shards of ${microBatch}`;
  if (idleFromHosts > hosts) return `batch       ${cut}: enough for the workers of ${formatHosts(hosts)}.`;
  return `batch       ${cut}: from ${formatHosts(idleFromHosts)} on it is too small to give each worker one.`;
}

function describeEfficiency(
  { below80FromHosts, below50FromHosts, quickestHosts: quickest }: PlanAdvice,
  hosts: number,
): string {
  const limits = [
    below80FromHosts === undefined || below80FromHosts === below50FromHosts
      ? []
      : `below 80 % from ${formatHosts(below80FromHosts)} on`,
    below50FromHosts === undefined ? [] : `below 50 % from ${formatHosts(below50FromHosts)} on`,
  ].flat();
  const what = limits.length === 0 ? '80 % or more throughout' : limits.join(', ');
  const where =
    quickest === hosts ? 'the more hosts, the quicker' : `a step is quickest with ${formatHosts(quickest)}`;
  return `efficiency  ${what}; ${where}.`;
}

function describeSufficientBatch(
  { sufficientBatch: batch, below80FromHosts, mostEfficientHosts }: PlanAdvice,
  plan: HostPlan,
  { hosts }: PlannedHosts,
): string[] {
  if (below80FromHosts === undefined) return [];
  const all = formatHosts(hosts);
  const { sampleCount } = plan.batches;
  if (batch !== undefined)
    return [
      `to mend it  a batch of ${formatCount(batch)} gives ${all} 80 %. It is another training: see docs/plan.md.`,
    ];
  return [
    `to mend it  no batch gives ${all} 80 %. The largest that there is, all ${formatCount(sampleCount)} training samples, ` +
      `keeps ${formatHosts(mostEfficientHosts)} above it.`,
  ];
}

function describeDominant(row: PlannedHosts): string {
  const parts = [
    ['the gradients', row.computeSeconds],
    ['the gather', row.gatherSeconds],
    ['adding up and Adam', row.combineSeconds + row.updateSeconds],
    ['the change from phase to phase', row.overheadSeconds],
  ] as const;
  const [what, seconds] = parts.reduce((most, part) => (part[1] > most[1] ? part : most));
  return `most time   ${what}: ${formatPercent(seconds / row.stepSeconds)} of a step with ${formatHosts(row.hosts)}.`;
}

function describeGather({ gather, blocks, sumBytes, hosts }: PlannedHosts): string[] {
  if (gather === undefined) return [];
  return [
    `gather      of ${formatHosts(hosts)}: ${formatCount(blocks)} block sums of ${formatBytes(sumBytes)} by ${gather.sums}, ` +
      `messages of ${formatBytes(gather.messageBytes)} by ${gather.messages}, as ${gather.library} chooses.`,
  ];
}

function describeMemory(rows: readonly PlannedHosts[]): string[] {
  const tooLarge = rows.find(({ memoryBytes }) => memoryBytes === undefined);
  if (tooLarge === undefined) return [];
  const sums = formatBytes(tooLarge.blocks * tooLarge.sumBytes);
  return [
    `memory      with ${formatHosts(tooLarge.hosts)} a rank needs more than the 4 GiB that WebAssembly can address` +
      `${tooLarge.blocks === 0 ? '' : `; the sums of all blocks are ${sums} of it`}. A larger --micro-batch needs less.`,
  ];
}
