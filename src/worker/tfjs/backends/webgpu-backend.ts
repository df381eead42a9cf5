import { pathToFileURL } from 'node:url';
import { RunError } from '../../../shared/errors.ts';
import { listAdapterNames } from '../adapters.ts';
import { requireOfPart } from '../optional-parts.ts';
import type { KernelBackend, TensorFlow, TfjsBackend } from '../tensorflow.ts';

/** What the package `webgpu` exports: Dawn, the WebGPU implementation of Chromium. */
export interface Dawn {
  /** @param options such as `backend=vulkan` and `adapter=NAME` */
  create(options: string[]): GPU;
  /** Classes and constants that a browser has as globals. */
  globals: Record<string, unknown>;
}

interface WebgpuBackendPackage {
  WebGPUBackend: new (device: GPUDevice, info: GPUAdapterInfo) => WebgpuKernelBackend;
}

interface WebgpuKernelBackend extends KernelBackend {
  memory(): ReturnType<KernelBackend['memory']> & { numBytesAllocatedInGPU: number };
}

/** The name under which the package registers its kernels. */
const backendName = 'webgpu';

/**
 * A GPU of any vendor, through Dawn and Vulkan (Metal on a Mac).
 * @param adapterName part of an adapter's name, in upper or lower case, as `lockstep devices` shows it; undefined: the one that Dawn takes for fastest
 * @throws RunError when the packages, the Vulkan loader or such an adapter are missing
 */
export async function openWebgpuBackend(adapterName: string | undefined): Promise<TfjsBackend> {
  const require = requireOfPart('webgpu');
  if (require === undefined) {
    throw new RunError('the packages for WebGPU are not installed.', 'Run "npm run setup:webgpu".');
  }
  const dawn = await loadDawn(require);
  const gpu = dawn.create(
    adapterName === undefined ? [] : [`adapter=${await findAdapter(dawn, adapterName)}`],
  );
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) {
    throw new RunError(
      'WebGPU finds no GPU: the Vulkan loader or the driver of a GPU is missing.',
      'See which with "lockstep devices".',
    );
  }
  const device = await requestDevice(adapter);
  const failures = watchDevice(device);
  // The library looks for it while it is loaded, and again for each of its backends.
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });

  const tensorflow: TensorFlow = require('@tensorflow/tfjs-core');
  const { WebGPUBackend }: WebgpuBackendPackage = require('@tensorflow/tfjs-backend-webgpu');
  const backend = new WebGPUBackend(device, adapter.info);
  // The one that it registers by itself takes the default adapter, whichever was asked for.
  if (tensorflow.findBackendFactory(backendName) !== null) tensorflow.removeBackend(backendName);
  tensorflow.registerBackend(backendName, () => backend);
  await tensorflow.setBackend(backendName);
  return {
    tensorflow,
    device: `webgpu (${adapter.info.description || adapter.info.device})`,
    readsBlock: false,
    memoryBytes: () => backend.memory().numBytesAllocatedInGPU,
    failure: () => failures[0],
    async dispose() {
      tensorflow.removeBackend(backendName);
      await device.queue.onSubmittedWorkDone();
      device.destroy();
      await device.lost;
      // Dawn keeps the process alive for as long as anything refers to what `create` returned.
      Reflect.deleteProperty(globalThis, 'navigator');
    },
  };
}

/** Loads Dawn's native module, and gives the process the globals of a browser with WebGPU. */
export async function loadDawn(require: NodeJS.Require): Promise<Dawn> {
  // An ES module, which `require` can find but, in Node 20, not load.
  const dawn: Dawn = await import(pathToFileURL(require.resolve('webgpu')).href);
  Object.assign(globalThis, dawn.globals);
  return dawn;
}

/** The full name of the first adapter whose name contains `part`, in upper or lower case. */
async function findAdapter(dawn: Dawn, part: string): Promise<string> {
  const names = await listAdapterNames(dawn);
  const found = names.find((name) => name.toLowerCase().includes(part.toLowerCase()));
  if (found !== undefined) return found;
  throw new RunError(
    `no WebGPU adapter's name contains "${part}"; there are: ${names.join(', ') || 'none'}.`,
    'See what can be used with "lockstep devices".',
  );
}

/** A device with the adapter's own limits where TensorFlow.js makes use of them: the default ones are those of a phone. */
async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const names = [
    'maxComputeWorkgroupStorageSize',
    'maxComputeWorkgroupsPerDimension',
    'maxStorageBufferBindingSize',
    'maxBufferSize',
    'maxComputeWorkgroupSizeX',
    'maxComputeInvocationsPerWorkgroup',
  ] as const;
  const requiredLimits = Object.fromEntries(names.map((name) => [name, adapter.limits[name]]));
  return await adapter.requestDevice({ requiredLimits });
}

/** Errors that no call of ours is told of: a command that the device refused leaves its output as it was, zeros maybe. */
function watchDevice(device: GPUDevice): Error[] {
  const failures: Error[] = [];
  device.addEventListener('uncapturederror', ({ error }) => {
    failures.push(new Error(`the GPU refused a command: ${error.message.trim()}`));
  });
  void device.lost.then(({ message }) => {
    failures.push(new Error(`the GPU was lost: ${message}`));
  });
  return failures;
}
