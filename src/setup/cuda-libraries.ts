import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '../shared/errors.ts';
import { runPip } from './pip.ts';
import type { SetupContext } from './setup-command.ts';

/** What the CUDA libraries of TensorFlow 2.21 took when it came out; later ones will not be smaller. */
export const cudaLibrariesSize = { downloadBytes: 2.8e9, diskBytes: 4.5e9 } as const;

/**
 * Installs NVIDIA's own wheels of CUDA and cuDNN, in the versions that the release of TensorFlow states, beside
 * libtensorflow: into `deps/nvidia`, which is where the wheel's libraries look for them by themselves
 * (their run path has `$ORIGIN/../nvidia/cudnn/lib` and so on). So no environment variable is needed.
 *
 * @throws ConfigError when the release states none; DataError when they cannot be had
 */
export async function installCudaLibraries(
  requirements: readonly string[],
  packageFolder: string,
  context: SetupContext,
): Promise<void> {
  if (requirements.length === 0) {
    throw new ConfigError(['--cuda-libraries pypi: this release of TensorFlow names no CUDA libraries.']);
  }
  const target = join(packageFolder, 'deps');
  await runPip(['install', '--no-compile', '--target', target], requirements, packageFolder, context);
  // Notes for pip, which will not be asked again.
  for (const name of await readdir(target)) {
    if (name.endsWith('.dist-info')) await rm(join(target, name), { recursive: true });
  }
}
