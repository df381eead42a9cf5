import { availableParallelism, cpus } from 'node:os';
import { isGpu } from '../../shared/device.ts';
import type { ConfigSource } from '../config/config-sources.ts';
import { resolveSettings, type Settings } from '../config/resolve-config.ts';
import { findDevices } from './find-devices.ts';

/** Settings with the devices that they stand for on this machine. */
export interface SettingsForDevices extends Settings {
  /** Single devices, to be dealt to the workers in turn. */
  devices: readonly string[];
}

/**
 * As `resolveSettings`, where the number of workers, if nothing sets it, depends on the devices: on processor cores one each, on
 * GPUs one a GPU.
 * @param onNotice told what `auto` took
 * @param processesHere that share the cores of this machine
 * @throws ConfigError also for devices that cannot be had
 */
export async function resolveForDevices(
  sources: readonly ConfigSource[],
  onNotice?: (text: string) => void,
  processesHere = 1,
): Promise<SettingsForDevices> {
  const { config } = resolveSettings(sources, 1);
  const devices = await findDevices(config.device, onNotice);
  return { ...resolveSettings(sources, defaultWorkers(devices, processesHere)), devices };
}

function defaultWorkers(devices: readonly string[], processesHere: number): number {
  if (devices.some(isGpu)) return devices.length;
  const available = availableParallelism();
  // A launcher that binds its processes to cores has dealt them already.
  return available < cpus().length ? available : Math.max(1, Math.floor(available / processesHere));
}
