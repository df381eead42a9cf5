import { ConfigError } from '../../shared/errors.ts';
import { readEnvironment, readFlags, readPreset, type SettingKey } from '../config/config-sources.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { compileKernels } from '../kernels.ts';
import { currentMachine } from '../machine.ts';
import { HostPlan } from '../plan/host-plan.ts';
import { measureKernels } from '../plan/kernel-speed.ts';
import { parseBandwidth, parseLatency } from '../plan/network-units.ts';
import { adviseOn, formatAdvice } from '../plan/plan-advice.ts';
import { formatMilliseconds, formatPercent, formatPlan } from '../plan/plan-report.ts';
import { widenVectors } from '../wide-vectors.ts';

/** Settings that change what a step costs, and that a plan takes as flags; the others come from a preset. */
export const planKeys: readonly SettingKey[] = [
  'workers',
  'batchSize',
  'microBatch',
  'accumulate',
  'wideVectors',
];

/** On a machine that has nothing else to do it is 1 %, or some more with other sizes of a batch. */
const busyShare = 0.15;

export interface PlanOptions {
  hosts: number;
  bandwidth: string;
  latency: string;
  json: boolean;
}

/**
 * `lockstep plan`: predicts how a training over hosts scales, from the speed of this machine and a model of the network.
 * @param flags texts by config key; a preset as `config`
 * @throws ConfigError
 */
export async function planCommand(
  { hosts, bandwidth, latency, json, ...flags }: PlanOptions & Record<string, unknown>,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const network = { latencySeconds: parseLatency(latency), bytesPerSecond: parseBandwidth(bandwidth) };
  const sources = [readFlags(flags), readEnvironment(environment)];
  if (typeof flags['config'] === 'string') sources.push(readPreset(flags['config']));
  const machine = currentMachine();
  const config = resolveConfig(sources, machine.cores);
  if (config.device !== 'cpu') {
    throw new ConfigError([`plan measures the kernels of the cpu, got device ${config.device}.`]);
  }
  if (config.wideVectors) widenVectors((text) => console.error(`note: ${text}`));
  const { scratchBytes } = await compileKernels();
  const speed = await measureKernels(config);
  if (speed.otherShare > busyShare) {
    console.error(
      `note: ${formatPercent(speed.otherShare)} of the measured steps was lost to other programs: this machine is busy. The plan leaves that out, but not quite.`,
    );
  }
  const plan = new HostPlan({ config, speed, network, scratchBytes: scratchBytes(config.microBatch) });
  const rows = plan.rows(hosts);
  const advice = adviseOn(plan, hosts, config.workers);
  if (json) {
    const { batchSize, microBatch, sampleCount } = plan.batches;
    const training = { workers: config.workers, batchSize, microBatch, sampleCount, shards: plan.shards };
    console.log(JSON.stringify({ machine, network, training, speed, advice, rows }, undefined, 2));
    return;
  }
  console.log(
    `Kernels of this machine (${machine.cpu}, ${machine.cores} cores, Node ${process.version}), ${speed.workers} at a time: ` +
      `${formatMilliseconds(speed.shardSeconds)} a micro-shard of ${config.microBatch}.\n` +
      `Hosts of ${config.workers} workers, a core each; network of ${bandwidth} and ${latency}. Speed-up and efficiency: to one worker.\n`,
  );
  console.log(formatPlan(rows));
  console.log(`\n${formatAdvice(advice, plan, rows).join('\n')}`);
}
