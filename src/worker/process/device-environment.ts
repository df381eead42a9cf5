import { deviceKind, deviceSelector } from '../../shared/device.ts';

/** Only errors; information and warnings of TensorFlow tell a user of ours nothing. */
const tensorflowErrors = '2';

/** The environment of the process that hosts an engine on a device: this process's own, and what the device needs. */
export function deviceEnvironment(device: string): NodeJS.ProcessEnv {
  // biome-ignore lint/style/noProcessEnv: a child inherits it (PATH, LD_LIBRARY_PATH, HOME); nothing of it is a setting of ours.
  const inherited = process.env;
  const kind = deviceKind(device);
  if (kind !== 'cuda' && kind !== 'tensorflow-cpu') return inherited;
  const environment = { TF_CPP_MIN_LOG_LEVEL: tensorflowErrors, ...inherited };
  if (kind === 'tensorflow-cpu') return { ...environment, CUDA_VISIBLE_DEVICES: '' };
  const index = Number(deviceSelector(device) ?? 0);
  return {
    ...environment,
    // TensorFlow.js takes the last GPU that its process sees: it sees one. Numbered as by nvidia-smi.
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    CUDA_VISIBLE_DEVICES: visibleDevice(inherited['CUDA_VISIBLE_DEVICES'], index),
    // Otherwise the first process takes all of the GPU's memory.
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    // Since Ampere TensorFlow multiplies numbers of 10 bits of mantissa (TF32) unless told otherwise: 1e-3 off, not 1e-4.
    NVIDIA_TF32_OVERRIDE: '0',
  };
}

/** A scheduler may have granted some of the machine's GPUs only: then `cuda:0` is the first of those. */
function visibleDevice(granted: string | undefined, index: number): string {
  if (granted === undefined || granted === '') return String(index);
  return granted.split(',')[index]?.trim() ?? '';
}
