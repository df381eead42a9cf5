import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { WebgpuCheck } from './check-webgpu.ts';
import { formatBytes } from './format-bytes.ts';
import { installPart } from './install-part.ts';
import { installPackages } from './npm-packages.ts';
import { type CheckResult, runCheck } from './run-check.ts';
import type { SetupContext } from './setup-command.ts';

/** Versions that were seen training together, on a software GPU. */
const packages = {
  webgpu: '0.6.2',
  '@tensorflow/tfjs-core': '4.22.0',
  '@tensorflow/tfjs-backend-webgpu': '4.22.0',
} as const;

const downloadBytes = 65e6;
const diskBytes = 95e6;
/** With the binaries for the other systems, which are removed. */
const unpackedBytes = 215e6;

/**
 * `npm run setup:webgpu`: puts Dawn and TensorFlow.js's WebGPU backend into the folder of optional parts, and says whether
 * they find a GPU.
 *
 * @throws LockstepError when a step fails, with nothing changed
 */
export async function setUpWebgpu(partsFolder: string, context: SetupContext): Promise<void> {
  const folder = join(partsFolder, 'webgpu');
  const names = Object.entries(packages).map((entry) => entry.join(' '));
  context.onStep(`${names.join(', ')}, into ${folder}`);
  const isNew = await installPart({
    part: 'webgpu',
    partsFolder,
    contents: packages,
    requiredBytes: downloadBytes + unpackedBytes,
    build: async (workFolder) => {
      context.onStep(
        `Downloads about ${formatBytes(downloadBytes)}; takes ${formatBytes(diskBytes)} on the disk in the end`,
      );
      context.onStep('Installing the packages with npm, without install scripts');
      await installPackages(packages, workFolder, context);
      await removeOtherSystems(join(workFolder, 'node_modules', 'webgpu', 'dist'));
      return {};
    },
    onStep: context.onStep,
  });
  if (!isNew) context.onStep('The packages are in place, whole.');
  context.onStep('Asking Dawn for a GPU');
  reportAdapter(await runCheck<WebgpuCheck>('check-webgpu', folder, context), context);
  context.onStep('Done.');
}

/** Dawn comes for five systems at once. */
async function removeOtherSystems(folder: string): Promise<void> {
  const { platform, arch } = process;
  const own = platform === 'darwin' ? 'darwin-universal' : `${platform}-${arch}`;
  const names = await readdir(folder);
  if (!names.includes(own)) return;
  for (const name of names) if (name !== own) await rm(join(folder, name), { recursive: true });
}

function reportAdapter({ result, stderr }: CheckResult<WebgpuCheck>, context: SetupContext): void {
  if (result.adapter !== undefined) {
    context.onStep(`Found: ${result.adapter.description}`);
    if (result.adapter.isSoftware)
      context.onNote('this is a software GPU: good for tests, slower than --device cpu.');
  } else if (stderr.includes('libvulkan.so.1')) {
    context.onNote(
      'no GPU can be reached: the Vulkan loader libvulkan.so.1 is missing. On Debian and Ubuntu: apt-get install libvulkan1',
    );
  } else {
    context.onNote(
      "Vulkan is there but finds no GPU: its driver is missing. AMD, Intel: apt-get install mesa-vulkan-drivers; NVIDIA: the maker's driver package.",
    );
  }
}
