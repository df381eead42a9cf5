import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { TensorflowCheck } from '../../src/setup/check-tensorflow.ts';
import { runCheck } from '../../src/setup/run-check.ts';
import { RunError } from '../../src/shared/errors.ts';
import {
  type PartRecord,
  partsFolder,
  readPartRecord,
  requireOfPart,
} from '../../src/worker/tfjs/optional-parts.ts';
import { startSetup } from './setup-process.ts';

const context = { signal: new AbortController().signal, onStep: () => {}, onNote: () => {} };
const tensorflow = readPartRecord('tensorflow');
const webgpu = readPartRecord('webgpu');
/** A software GPU, of Debian's package chromium-common. */
const swiftshader = '/usr/lib/chromium/vk_swiftshader_icd.json';

/** The arguments by which this part was set up; undefined for a user's own file. */
function argumentsOf({ contents }: PartRecord): string[] | undefined {
  const source = contents['libtensorflow'] ?? '';
  const version = /^tensorflow\S* (\S+) from PyPI$/.exec(source)?.[1];
  if (version === undefined && !source.includes('vendor')) return undefined;
  return [
    ...['--tensorflow', version === undefined ? 'vendor' : `pypi:${version}`],
    ...(contents['build'] === 'cpu'
      ? ['--cpu']
      : ['--cuda-libraries', contents['cudaLibraries'] ?? 'system']),
  ];
}

describe.skipIf(tensorflow === undefined)(
  'the tensorflow part (npm run setup:cuda has put it in place)',
  () => {
    test('loads its addon and computes a known convolution with the release of its record', async () => {
      const folder = join(partsFolder, 'tensorflow');
      const { result } = await runCheck<TensorflowCheck>('check-tensorflow', folder, context);
      expect(result.tensorflowVersion).toBe(tensorflow?.details['tensorflow']);
      expect(typeof result.usesGpu).toBe('boolean');
    });

    test('is found whole by a second setup, which does nothing', async (test) => {
      const args = tensorflow && argumentsOf(tensorflow);
      if (args === undefined) return test.skip('the part was made from a file');
      const ended = await startSetup('cuda', partsFolder, args).ended;
      expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
      expect(ended.stdout).toContain('It is in place, whole: nothing to do.\n');
      expect(ended.stdout).not.toContain('Downloading');
    });

    test('is where the engine looks', () => {
      const path = requireOfPart('tensorflow')?.resolve('@tensorflow/tfjs-node-gpu');
      expect(path?.startsWith(join(partsFolder, 'tensorflow'))).toBe(true);
    });
  },
);

describe.skipIf(webgpu === undefined)('the webgpu part (npm run setup:webgpu has put it in place)', () => {
  test('is found whole by a second setup, which does nothing but ask for a GPU', async () => {
    const ended = await startSetup('webgpu', partsFolder, []).ended;
    expect(ended.exitCode).toBe(0);
    expect(ended.stdout).toContain('The packages are in place, whole.\n');
    expect(ended.stdout).not.toContain('Installing');
    expect(ended.stdout).toMatch(
      /Found: |note: no GPU can be reached|note: Vulkan is there but finds no GPU/,
    );
  });

  test.skipIf(!existsSync(swiftshader))("shows a software GPU (needs Debian's chromium-common)", async () => {
    const ended = await startSetup('webgpu', partsFolder, [], { VK_ICD_FILENAMES: swiftshader }).ended;
    expect(ended.stdout).toMatch(
      /Found: SwiftShader.*\nnote: this is a software GPU|libvulkan\.so\.1 is missing/,
    );
  });

  test('has no binaries of other systems', () => {
    const main = requireOfPart('webgpu')?.resolve('webgpu') ?? '';
    expect(main.startsWith(join(partsFolder, 'webgpu'))).toBe(true);
    const other = process.platform === 'win32' ? 'linux-x64' : 'win32-x64';
    expect(existsSync(join(dirname(main), 'dist', other))).toBe(false);
  });
});

describe('runCheck', () => {
  test('says what is wrong with a folder that does not work', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lockstep-check-'));
    try {
      const check = runCheck('check-tensorflow', folder, context);
      await expect(check).rejects.toThrow(RunError);
      await expect(check).rejects.toThrow(
        "what was put together does not work: Error: Cannot find module '@tensorflow/tfjs-node-gpu'",
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
