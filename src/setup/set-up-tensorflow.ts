import { join } from 'node:path';
import { ConfigError } from '../shared/errors.ts';
import { buildAddon, requireCompiler } from './build-addon.ts';
import type { TensorflowCheck } from './check-tensorflow.ts';
import { cudaLibrariesSize, installCudaLibraries } from './cuda-libraries.ts';
import { fileDigest } from './folder-digest.ts';
import { formatBytes } from './format-bytes.ts';
import { explainGpuProblem } from './gpu-problem.ts';
import { installPart } from './install-part.ts';
import { installPackages } from './npm-packages.ts';
import { requirePip } from './pip.ts';
import { runCheck } from './run-check.ts';
import type { SetupContext } from './setup-command.ts';
import { describeSource, type TensorflowSource } from './tensorflow-source.ts';
import { moveLibraries, unpackTensorflowWheel } from './tensorflow-wheel.ts';
import { installVendorBinaries, vendorLimits } from './vendor-binaries.ts';

const packageName = '@tensorflow/tfjs-node-gpu';
const packageVersion = '4.22.0';
const nodeApiHeadersVersion = '1.9.0';

/** Of the package and what it depends on. */
const packagesSize = { downloadBytes: 60e6, diskBytes: 320e6 } as const;
/** For a release that is not pinned: as large as the largest that is. */
const unknownWheel = { wheelBytes: 600e6, libraryBytes: 1_300e6 } as const;

export interface TensorflowSetup {
  source: TensorflowSource;
  cpu: boolean;
  cudaLibraries: 'system' | 'pypi';
  partsFolder: string;
}

/**
 * `npm run setup:cuda`: puts `@tensorflow/tfjs-node-gpu` with a libtensorflow that works into the folder of optional parts.
 * @throws LockstepError when a step fails, with nothing changed
 */
export async function setUpTensorflow(setup: TensorflowSetup, context: SetupContext): Promise<void> {
  const { source, cpu, cudaLibraries, partsFolder } = setup;
  if (cudaLibraries === 'pypi' && (cpu || source.kind === 'vendor')) {
    throw new ConfigError([
      `--cuda-libraries pypi goes with the CUDA build of --tensorflow pypi, not with ${cpu ? '--cpu' : '--tensorflow vendor'}.`,
    ]);
  }
  const size = sizes(setup);
  const folder = join(partsFolder, 'tensorflow');
  context.onStep(
    `${packageName} ${packageVersion} with libtensorflow ${describeSource(source)}, into ${folder}`,
  );
  const isNew = await installPart({
    part: 'tensorflow',
    partsFolder,
    contents: {
      [packageName]: packageVersion,
      libtensorflow: describeSource(source),
      build: cpu ? 'cpu' : 'cuda',
      cudaLibraries: cpu ? 'none' : cudaLibraries,
      ...(await knownDigest(source)),
    },
    requiredBytes: size.downloadBytes + size.diskBytes,
    build: async (workFolder) => {
      context.onStep(
        `Downloads about ${formatBytes(size.downloadBytes)}; takes ${formatBytes(size.diskBytes)} on the disk in the end`,
      );
      return await assemble(setup, workFolder, context);
    },
    onStep: context.onStep,
  });
  context.onStep(isNew ? 'Done.' : 'It is in place, whole: nothing to do.');
}

async function assemble(
  { source, cpu, cudaLibraries }: TensorflowSetup,
  workFolder: string,
  context: SetupContext,
): Promise<Record<string, string>> {
  const packageFolder = join(workFolder, 'node_modules', packageName);
  const details: Record<string, string> = {};

  if (source.kind === 'vendor') {
    await installPackage(workFolder, context);
    if (!cpu) context.onNote(`the vendor's binaries are ${vendorLimits}.`);
    context.onStep("Downloading the vendor's libtensorflow and addon by the package's own script");
    await installVendorBinaries(packageFolder, { cpu }, context);
  } else {
    // What could be missing is looked for before anything is downloaded.
    await requireCompiler(workFolder, context);
    await requirePip(workFolder, context);
    const wheel = await unpackTensorflowWheel(source, workFolder, context);
    details['wheelSha256'] = wheel.sha256;
    await installPackage(workFolder, context);
    await moveLibraries(wheel.libraryFolder, join(packageFolder, 'deps', 'lib'));
    context.onStep("Compiling the addon from the package's sources with g++");
    await buildAddon(
      {
        packageFolder,
        tensorflowHeaders: wheel.includeFolder,
        nodeApiHeaders: join(workFolder, 'node_modules', 'node-api-headers', 'include'),
      },
      context,
    );
    if (cudaLibraries === 'pypi') {
      context.onStep('Installing the CUDA libraries that this release asks for with pip');
      await installCudaLibraries(wheel.cudaRequirements, packageFolder, context);
    }
    await wheel.remove();
  }
  context.onStep('Loading the addon and computing a convolution');
  const { result, stderr } = await runCheck<TensorflowCheck>('check-tensorflow', workFolder, context);
  details['tensorflow'] = result.tensorflowVersion;
  context.onStep(
    `TensorFlow ${result.tensorflowVersion} computes, on ${result.usesGpu ? 'a GPU' : 'the CPU'}`,
  );
  if (!cpu && !result.usesGpu) {
    context.onNote(
      `it uses no GPU: ${explainGpuProblem(stderr) ?? 'it does not say why.'} "lockstep devices" tells more.`,
    );
  }
  return details;
}

/** A file of the user's is told from another of the same name by its bytes. */
async function knownDigest(source: TensorflowSource): Promise<{ sha256?: string }> {
  if (source.kind === 'wheel') return { sha256: await fileDigest(source.path) };
  return source.kind === 'pypi' && source.pinned !== undefined ? { sha256: source.pinned.sha256 } : {};
}

async function installPackage(workFolder: string, context: SetupContext): Promise<void> {
  context.onStep(`Installing ${packageName} with npm, without its install script`);
  const packages = { [packageName]: packageVersion, 'node-api-headers': nodeApiHeadersVersion };
  await installPackages(packages, workFolder, context);
}

function sizes({ source, cudaLibraries }: TensorflowSetup): { downloadBytes: number; diskBytes: number } {
  const { wheelBytes, libraryBytes } = (source.kind === 'vendor' ? undefined : source.pinned) ?? unknownWheel;
  const cuda = cudaLibraries === 'pypi' ? cudaLibrariesSize : { downloadBytes: 0, diskBytes: 0 };
  const downloaded = source.kind === 'wheel' ? 0 : wheelBytes;
  return {
    downloadBytes: packagesSize.downloadBytes + downloaded + cuda.downloadBytes,
    diskBytes: packagesSize.diskBytes + libraryBytes + cuda.diskBytes,
  };
}
