import { delimiter, join } from 'node:path';
import { DataError } from '../shared/errors.ts';
import { lastLine, runProgram } from './run-program.ts';
import type { SetupContext } from './setup-command.ts';

/** What the vendor's host serves stops here. */
export const vendorLimits =
  'libtensorflow 2.9.1, made for CUDA 11.2 and cuDNN 8.1: GPUs up to the generation of 2020 (compute capability 8.6)';

/**
 * Runs the package's own install script, which downloads libtensorflow and the addon from the vendor's host
 * (storage.googleapis.com, or where TFJS_NODE_CDN_STORAGE points).
 *
 * @throws DataError when it fails, as it does on networks that do not let it through
 */
export async function installVendorBinaries(
  packageFolder: string,
  { cpu }: { cpu: boolean },
  { signal }: SetupContext,
): Promise<void> {
  const programs = join(packageFolder, '..', '..', '.bin');
  const { exitCode, stdout, stderr } = await runProgram(
    process.execPath,
    ['scripts/install.js', cpu ? 'cpu' : 'gpu', 'download'],
    {
      directory: packageFolder,
      signal,
      // biome-ignore lint/style/noProcessEnv: the script calls node-pre-gyp by name.
      environment: { PATH: `${programs}${delimiter}${process.env['PATH'] ?? ''}` },
    },
  );
  if (exitCode === 0) return;
  const reason = /(?:Error|error): [^\n]*/.exec(stderr)?.[0] ?? (lastLine(stderr) || lastLine(stdout));
  throw new DataError(
    `the vendor's binaries could not be downloaded: ${reason}`,
    "TensorFlow's own wheel, for recent GPUs and drivers, comes from PyPI: npm run setup:cuda -- --tensorflow pypi",
  );
}
