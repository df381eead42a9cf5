import { RunError } from '../../../shared/errors.ts';
import { restoreRemovedUtilFunctions } from '../node-shim.ts';
import { requireOfPart } from '../optional-parts.ts';
import type { KernelBackend, TensorFlow, TfjsBackend } from '../tensorflow.ts';

interface AddonBackend extends KernelBackend {
  isUsingGpuDevice: boolean;
  binding: { TF_Version: string };
}

export interface TensorflowBackend extends TfjsBackend {
  usesGpu: boolean;
  /** Of libtensorflow. */
  version: string;
}

/**
 * TensorFlow itself, through the native addon of tfjs-node-gpu: on the last GPU that the process sees
 * (`CUDA_VISIBLE_DEVICES`), or on the processor where it sees none.
 * @param needsGpu whether to refuse to compute on the processor
 * @throws RunError when the package is missing, does not load, or finds no GPU where one is needed
 */
export async function openTensorflowBackend(needsGpu: boolean): Promise<TensorflowBackend> {
  const require = requireOfPart('tensorflow');
  if (require === undefined) {
    throw new RunError('the packages for CUDA are not installed.', 'Run "npm run setup:cuda".');
  }
  const tensorflow = loadAddon(require);
  await tensorflow.ready();
  const { isUsingGpuDevice: usesGpu, binding } = tensorflow.backend() as AddonBackend;
  const version = binding.TF_Version;
  if (needsGpu && !usesGpu) {
    throw new RunError(
      `TensorFlow ${version} finds no GPU that it can use.`,
      'See what is missing with "lockstep devices".',
    );
  }
  return {
    tensorflow,
    device: `${usesGpu ? 'cuda' : 'tensorflow-cpu'} (TensorFlow ${version})`,
    usesGpu,
    version,
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
