const namePattern = /^(cpu|cpu-process|tensorflow-cpu|cuda(:\d+)?|webgpu(:.+)?)$/;

/** Completes "device must be …". */
export const expectedDevices =
  'auto, or a list of cpu, cuda, cuda:N, webgpu, webgpu:NAME, cpu-process and tensorflow-cpu, separated by commas';

/** The name that leaves the choice to the machine. */
export const automaticDevice = 'auto';

/** Whether the text names devices, be they there or not. */
export function isDeviceList(text: string): boolean {
  return text.trim() === automaticDevice || splitDeviceList(text).every((name) => namePattern.test(name));
}

/** The names in a list, in its order; a name may stand there more than once. */
export function splitDeviceList(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

/** `cuda` of `cuda:0`. */
export function deviceKind(name: string): string {
  return name.split(':')[0] as string;
}

/** `0` of `cuda:0`; undefined where nothing is selected. */
export function deviceSelector(name: string): string | undefined {
  const kind = deviceKind(name);
  return name === kind ? undefined : name.slice(kind.length + 1);
}

/** Whether the name stands for a GPU, or for all GPUs of a kind. */
export function isGpu(name: string): boolean {
  const kind = deviceKind(name);
  return kind === 'cuda' || kind === 'webgpu';
}

/** One device for each of so many workers: those named, in turn. */
export function dealDevices(devices: readonly string[], workers: number): string[] {
  return Array.from({ length: workers }, (_, worker) => devices[worker % devices.length] as string);
}

/** Whether workers compute on it in their own thread, rather than in a process that they start for it. */
export function isInThread(device: string): boolean {
  return device === 'cpu';
}

/** Whether the device's results are, to the bit, those of `cpu`. */
export function keepsBits(device: string): boolean {
  return splitDeviceList(device).every((name) => deviceKind(name).startsWith('cpu'));
}
