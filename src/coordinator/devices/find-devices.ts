import { automaticDevice, deviceKind, deviceSelector, isGpu, splitDeviceList } from '../../shared/device.ts';
import type { DeviceReport } from '../../shared/device-report.ts';
import { ConfigError } from '../../shared/errors.ts';
import { probeDevices } from './probe-devices.ts';

/** Finds out what this machine has; takes seconds where native libraries have to be loaded. */
export type DeviceProbe = (kinds: readonly string[]) => Promise<readonly DeviceReport[]>;

/**
 * The devices that a setting names, each one alone and known to be there: `cuda` becomes all GPUs, `auto` the best that can be used.
 * @param requested the setting `device`
 * @param onNotice told what `auto` took, and why nothing better
 * @throws ConfigError for a device that cannot be had, with what is missing for it
 */
export async function findDevices(
  requested: string,
  onNotice: (text: string) => void = () => {},
  probe: DeviceProbe = probeDevices,
): Promise<readonly string[]> {
  const names = splitDeviceList(requested);
  const kinds = new Set(names.map(deviceKind));
  const isAutomatic = kinds.has(automaticDevice);
  const wanted = isAutomatic ? ['cuda', 'webgpu'] : [...kinds].filter(isGpu);
  if (wanted.length === 0) return names;
  const reports = await probe(wanted);
  if (isAutomatic) return chooseDevices(reports, onNotice);
  const missing: DeviceProblem[] = [];
  const found = names.flatMap((name) => {
    const outcome = isGpu(name) ? findDevice(name, reports) : [name];
    if (Array.isArray(outcome)) return outcome;
    missing.push(outcome);
    return [];
  });
  if (missing.length === 0) return found;
  throw new ConfigError(
    missing.map(({ problem }) => problem),
    missing.map(({ nextStep }) => nextStep).find((nextStep) => nextStep !== undefined) ?? seeAllDevices,
  );
}

const seeAllDevices = '"lockstep devices" lists what can be used.';

interface DeviceProblem {
  problem: string;
  nextStep: string | undefined;
}

/** CUDA before WebGPU, which only counts on a real GPU here: a program that plays one is slower than the kernels. */
function chooseDevices(reports: readonly DeviceReport[], onNotice: (text: string) => void): string[] {
  const usable = reports.filter(({ problem, isSoftware }) => problem === undefined && !isSoftware);
  const gpus = usable.filter(({ name }) => deviceKind(name) === 'cuda').map(({ name }) => name);
  const [first] = usable;
  const chosen = gpus.length > 0 ? gpus : first !== undefined ? [first.name] : ['cpu'];
  const passedOver = reports
    .filter(({ name }) => !chosen.some((each) => deviceKind(each) === deviceKind(name)))
    .map(({ name, problem }) => `${name}: ${problem ?? 'software, slower than the kernels'}`);
  const because = passedOver.length === 0 || gpus.length > 0 ? '' : ` (${passedOver.join('; ')})`;
  onNotice(`device auto: ${chosen.join(', ')}${because}`);
  return chosen;
}

/** All devices that a name stands for, or why there is none. */
function findDevice(name: string, reports: readonly DeviceReport[]): string[] | DeviceProblem {
  const kind = deviceKind(name);
  const ofKind = reports.filter((report) => deviceKind(report.name) === kind);
  const usable = ofKind.filter(({ problem }) => problem === undefined);
  const broken = ofKind.find(({ problem }) => problem !== undefined);
  const matching = usable.filter((report) => isNamed(report, name));
  if (kind === 'cuda' && matching.length > 0) return matching.map((report) => report.name);
  // Which adapter a name means is decided where it is opened; here it is enough that there is one.
  if (matching.length > 0) return [name];
  const own = ofKind.find((report) => report.problem !== undefined && isNamed(report, name)) ?? broken;
  if (usable.length > 0 && own === undefined) {
    const present = usable.map((report) => report.name).join(', ');
    return { problem: `device ${name} cannot be had: this machine has ${present}.`, nextStep: seeAllDevices };
  }
  const why = own?.problem ?? 'this machine has none.';
  return { problem: `device ${name} cannot be had: ${why}`, nextStep: own?.nextStep };
}

/** `cuda` and `cuda:0` name the report of `cuda:0`; after `webgpu:` any part of a name will do. */
function isNamed(report: DeviceReport, name: string): boolean {
  const selector = deviceSelector(name);
  if (selector === undefined || report.name === name) return true;
  return (
    deviceKind(name) === 'webgpu' &&
    `${report.name} ${report.model}`.toLowerCase().includes(selector.toLowerCase())
  );
}
