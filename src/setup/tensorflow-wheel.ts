import { access, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../shared/errors.ts';
import { fileDigest } from './folder-digest.ts';
import { formatBytes } from './format-bytes.ts';
import { runPip } from './pip.ts';
import { lastLine, runProgram } from './run-program.ts';
import type { SetupContext } from './setup-command.ts';
import type { TensorflowSource } from './tensorflow-source.ts';

export const tensorflowLibraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'] as const;

/**
 * What of a wheel is unpacked: the two libraries, the C API's headers with the two headers of strings that the addon
 * includes (releases keep them in several places), and the metadata, which names the CUDA libraries.
 */
const wantedFiles =
  '(tensorflow/libtensorflow_(cc|framework)\\.so\\.2' +
  '|tensorflow/include/tensorflow/c/.*\\.h' +
  '|tensorflow/include/.*/(ctstring|ctstring_internal|tsl_status)\\.h' +
  '|tensorflow[^/]*\\.dist-info/METADATA)';

/** Python rather than a library: pip needs it anyway, and it unpacks a gigabyte without holding it in memory. */
const unpackProgram = `
import re, sys, zipfile
wheel, folder, pattern = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    archive.extractall(folder, [name for name in archive.namelist() if re.fullmatch(pattern, name)])
`;

export interface UnpackedWheel {
  libraryFolder: string;
  includeFolder: string;
  sha256: string;
  /** To be called when all that is needed has been taken. */
  remove(): Promise<void>;
  /** `nvidia-cudnn-cu12>=9.3,<10`: what the release needs for CUDA, as its metadata states; empty for a CPU build. */
  cudaRequirements: readonly string[];
}

/**
 * Downloads a wheel (or takes the user's file), compares its SHA-256 with the pinned one, and unpacks what is needed.
 * @throws DataError when it cannot be had, is not the file that was pinned, or holds no libtensorflow
 */
export async function unpackTensorflowWheel(
  source: Extract<TensorflowSource, { kind: 'pypi' | 'wheel' }>,
  workFolder: string,
  context: SetupContext,
): Promise<UnpackedWheel> {
  const folder = join(workFolder, 'wheel');
  await mkdir(folder);
  const wheel = source.kind === 'wheel' ? source.path : await downloadWheel(source, folder, context);
  const sha256 = await verify(wheel, source, context);
  context.onStep('Unpacking libtensorflow and the headers of its C API');
  const unpacked = await runProgram('python3', ['-c', unpackProgram, wheel, folder, wantedFiles], {
    directory: folder,
    signal: context.signal,
  });
  if (unpacked.exitCode !== 0) {
    throw new DataError(`${wheel} cannot be unpacked: ${lastLine(unpacked.stderr)}`);
  }
  if (source.kind === 'pypi') await rm(wheel);
  const libraryFolder = join(folder, 'tensorflow');
  for (const library of tensorflowLibraries) {
    await access(join(libraryFolder, library)).catch(() => {
      throw new DataError(
        `${wheel}: no tensorflow/${library} in it.`,
        'Choose a release from 2.15 on, for Linux.',
      );
    });
  }
  return {
    libraryFolder,
    includeFolder: join(libraryFolder, 'include'),
    sha256,
    remove: () => rm(folder, { recursive: true }),
    cudaRequirements: await readCudaRequirements(folder),
  };
}

/** Moves the libraries to where the addon looks for them. */
export async function moveLibraries(libraryFolder: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  for (const library of tensorflowLibraries)
    await rename(join(libraryFolder, library), join(target, library));
}

async function downloadWheel(
  { distribution, version, pinned }: Extract<TensorflowSource, { kind: 'pypi' }>,
  folder: string,
  context: SetupContext,
): Promise<string> {
  const size = pinned === undefined ? '' : ` (${formatBytes(pinned.wheelBytes)})`;
  context.onStep(`Downloading ${distribution} ${version} with pip${size}`);
  await runPip(['download', '--dest', folder], [`${distribution}==${version}`], folder, context);
  const name = (await readdir(folder)).find((file) => file.endsWith('.whl'));
  if (name === undefined) throw new DataError(`pip download ${distribution}==${version} left no wheel.`);
  return join(folder, name);
}

async function verify(
  wheel: string,
  { kind, pinned }: Extract<TensorflowSource, { kind: 'pypi' | 'wheel' }>,
  context: SetupContext,
): Promise<string> {
  const sha256 = await fileDigest(wheel);
  if (pinned === undefined) {
    const trust = kind === 'pypi' ? 'pip has compared it with its index' : 'nothing vouches for your file';
    context.onNote(`this release is not pinned by lockstep: ${trust}. Its SHA-256 is ${sha256}.`);
    return sha256;
  }
  context.onStep(`Comparing its SHA-256 with the pinned one`);
  if (sha256 === pinned.sha256) return sha256;
  throw new DataError(
    `${wheel}: SHA-256 ${sha256}, expected ${pinned.sha256}. It is not the file that was published.`,
    'Do not use it. Where a mirror or proxy stands between you and PyPI, ask who runs it.',
  );
}

async function readCudaRequirements(folder: string): Promise<string[]> {
  const information = (await readdir(folder)).find((name) => name.endsWith('.dist-info'));
  if (information === undefined) return [];
  const metadata = await readFile(join(folder, information, 'METADATA'), 'utf8');
  const lines = metadata.matchAll(
    /^Requires-Dist: (?<requirement>[^;\n]+);[^\n]*extra == ["']and-cuda["']/gm,
  );
  return [...lines].map((line) => (line.groups?.['requirement'] ?? '').replaceAll(/[\s()]/g, ''));
}
