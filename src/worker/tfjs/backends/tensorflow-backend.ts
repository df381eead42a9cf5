import { RunError } from '../../../shared/errors.ts';
import { restoreRemovedUtilFunctions } from '../node-shim.ts';
import { requireOfPart } from '../optional-parts.ts';
import type { KernelBackend, TensorFlow, TfjsBackend } from '../tensorflow.ts';

interface AddonBackend extends KernelBackend {
  isUsingGpuDevice: boolean;
  binding: { TF_Version: string };
}

/**
 * TensorFlow itself, through the native addon of tfjs-node-gpu: on the last GPU that the process sees
 * (`CUDA_VISIBLE_DEVICES`), or on the processor where it sees none.
 * @param needsGpu whether to refuse to compute on the processor
 * @throws RunError when the package is missing, does not load, or finds no GPU where one is needed
 */
export async function openTensorflowBackend(needsGpu: boolean): Promise<TfjsBackend> {
  const require = requireOfPart('tensorflow');
  if (require === undefined) {
    throw new RunError('the packages for CUDA are not installed.', 'Run "npm run setup:cuda".');
  }
  const tensorflow = loadAddon(require);
  await tensorflow.ready();
  const { isUsingGpuDevice, binding } = tensorflow.backend() as AddonBackend;
  if (needsGpu && !isUsingGpuDevice) {
    throw new RunError(
      `TensorFlow ${binding.TF_Version} finds no GPU that it can use.`,
      'See what is missing with "lockstep devices".',
    );
  }
  return {
    tensorflow,
    device: `${isUsingGpuDevice ? 'cuda' : 'tensorflow-cpu'} (TensorFlow ${binding.TF_Version})`,
    readsBlock: true,
    memoryBytes: () => tensorflow.memory().numBytes,
    // The addon throws what TensorFlow fails with.
    failure: () => undefined,
    async dispose() {},
  };
}

function loadAddon(require: NodeJS.Require): TensorFlow {
  restoreRemovedUtilFunctions();
  try {
    return require('@tensorflow/tfjs-node-gpu');
  } catch (error) {
    const [firstLine] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new RunError(
      `TensorFlow does not load: ${firstLine}`,
      'See what is missing with "lockstep devices".',
      error,
    );
  }
}
