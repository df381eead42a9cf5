import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { ConfigError } from '../shared/errors.ts';

/** Where libtensorflow comes from. */
export type TensorflowSource =
  | { kind: 'vendor' }
  | { kind: 'pypi'; distribution: string; version: string; pinned: PinnedWheel | undefined }
  | { kind: 'wheel'; path: string; pinned: PinnedWheel | undefined };

/** A wheel whose bytes are known. */
interface PinnedWheel {
  distribution: string;
  version: string;
  architecture: string;
  sha256: string;
  wheelBytes: number;
  /** Of libtensorflow_cc and libtensorflow_framework, unpacked. */
  libraryBytes: number;
}

/** The newest release that was seen training here; `npm run setup:cuda -- --tensorflow pypi` takes it. */
export const defaultVersion = '2.21.0';

const pinnedWheels: readonly PinnedWheel[] = [
  {
    distribution: 'tensorflow',
    version: '2.21.0',
    architecture: 'x64',
    sha256: '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124',
    wheelBytes: 572_440_367,
    libraryBytes: 1_259_021_080,
  },
  {
    distribution: 'tensorflow-cpu',
    version: '2.21.0',
    architecture: 'x64',
    sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
    wheelBytes: 273_829_956,
    libraryBytes: 853_308_936,
  },
  {
    // On arm64 the package of this name computes on the CPU alone.
    distribution: 'tensorflow',
    version: '2.21.0',
    architecture: 'arm64',
    sha256: '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c',
    wheelBytes: 281_828_020,
    libraryBytes: 883_062_208,
  },
];

/** The tag of wheels that all our downloads are for; libtensorflow is the same for every Python. */
export const wheelPython = { version: '3.11', abi: 'cp311' } as const;

interface SourceOptions {
  /** A build that computes on the CPU alone. */
  cpu: boolean;
  /** `process.arch`. */
  architecture: string;
}

/**
 * Reads `--tensorflow`: `vendor`, `pypi`, `pypi:VERSION`, or the path of a wheel (a file that ends in `.whl`).
 * @throws ConfigError for anything else, and where PyPI has no such build for this architecture
 */
export function parseTensorflowSource(text: string, { cpu, architecture }: SourceOptions): TensorflowSource {
  if (text === 'vendor') return { kind: 'vendor' };
  if (text.endsWith('.whl')) {
    const path = resolve(text);
    if (!existsSync(path)) throw new ConfigError([`--tensorflow: ${path} is not there.`]);
    return { kind: 'wheel', path, pinned: findPinnedFile(basename(path)) };
  }
  const version = /^pypi(?::(?<version>\d+\.\d+\.\d+[a-z0-9.]*))?$/.exec(text)?.groups;
  if (version === undefined) {
    throw new ConfigError(
      [`--tensorflow must be vendor, pypi, pypi:VERSION or a .whl file, got "${text}".`],
      `For instance: npm run setup:cuda -- --tensorflow pypi:${defaultVersion}`,
    );
  }
  if (architecture === 'arm64' && !cpu) {
    throw new ConfigError(
      ['PyPI has no TensorFlow with CUDA for arm64; its package for arm64 computes on the CPU alone.'],
      'With --cpu you get that one; a GPU of any make can be used through WebGPU: npm run setup:webgpu',
    );
  }
  const distribution = cpu && architecture === 'x64' ? 'tensorflow-cpu' : 'tensorflow';
  const wanted = version['version'] ?? defaultVersion;
  const pinned = pinnedWheels.find(
    (wheel) =>
      wheel.distribution === distribution && wheel.version === wanted && wheel.architecture === architecture,
  );
  return { kind: 'pypi', distribution, version: wanted, pinned };
}

/** `tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl` */
function findPinnedFile(name: string): PinnedWheel | undefined {
  const tags: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };
  return pinnedWheels.find(
    ({ distribution, version, architecture }) =>
      name.startsWith(`${distribution.replace('-', '_')}-${version}-${wheelPython.abi}-`) &&
      name.endsWith(`${tags[architecture]}.whl`),
  );
}

/** Whether a wheel, by its name, computes on the CPU alone. */
export function isCpuWheel(path: string): boolean {
  return basename(path).startsWith('tensorflow_cpu-') || path.endsWith('aarch64.whl');
}

/** For the record and for people. */
export function describeSource(source: TensorflowSource): string {
  switch (source.kind) {
    case 'vendor':
      return '2.9.1 from the vendor of tfjs-node-gpu';
    case 'pypi':
      return `${source.distribution} ${source.version} from PyPI`;
    case 'wheel':
      return `${basename(source.path)}`;
  }
}
