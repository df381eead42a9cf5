import { existsSync } from 'node:fs';
import { requireOfPart } from '../../src/worker/tfjs/optional-parts.ts';
import { loadLibrary } from '../../src/worker/tfjs/probe/load-library.ts';

/** SwiftShader, a GPU in software, as Debian's chromium brings it. */
const softwareDriver = '/usr/lib/chromium/vk_swiftshader_icd.json';

/** What a process needs in its environment to see the software GPU, and no other. */
export const softwareGpuEnvironment = { VK_ICD_FILENAMES: softwareDriver };

/** What this machine lacks for WebGPU on the software GPU; undefined where all is there. */
export function missingForSoftwareGpu(): string | undefined {
  if (requireOfPart('webgpu') === undefined) return 'npm run setup:webgpu was not run';
  if (!existsSync(softwareDriver)) return 'no SwiftShader (Debian package chromium)';
  return loadLibrary('libvulkan.so.1') === undefined
    ? undefined
    : 'no Vulkan loader (Debian package libvulkan1)';
}

/** What this machine lacks for the native addon; undefined where all is there. */
export function missingForTensorflow(): string | undefined {
  return requireOfPart('tensorflow') === undefined ? 'npm run setup:cuda was not run' : undefined;
}
