import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  defaultVersion,
  describeSource,
  isCpuWheel,
  parseTensorflowSource,
} from '../../src/setup/tensorflow-source.ts';
import { ConfigError } from '../../src/shared/errors.ts';

const gpu = { cpu: false, architecture: 'x64' };
const cpu = { cpu: true, architecture: 'x64' };

describe('parseTensorflowSource', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-source-'));
  });

  afterAll(() => rm(folder, { recursive: true }));

  test('takes the vendor by name', () => {
    expect(parseTensorflowSource('vendor', gpu)).toEqual({ kind: 'vendor' });
  });

  test('takes the build with CUDA unless --cpu is given', () => {
    expect(describeSource(parseTensorflowSource('pypi', gpu))).toBe(`tensorflow ${defaultVersion} from PyPI`);
    expect(describeSource(parseTensorflowSource('pypi', cpu))).toBe(
      `tensorflow-cpu ${defaultVersion} from PyPI`,
    );
  });

  test.each([gpu, cpu, { cpu: true, architecture: 'arm64' }])(
    'pins the bytes of the default release, each build its own (%o)',
    (options) => {
      const source = parseTensorflowSource('pypi', options);
      expect(source).toMatchObject({
        version: defaultVersion,
        pinned: { architecture: options.architecture, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      });
    },
  );

  test('takes any other release, unpinned', () => {
    expect(parseTensorflowSource('pypi:2.15.0.post1', gpu)).toMatchObject({
      distribution: 'tensorflow',
      version: '2.15.0.post1',
      pinned: undefined,
    });
  });

  test('refuses CUDA on arm64, for which PyPI has none', () => {
    expect(() => parseTensorflowSource('pypi', { cpu: false, architecture: 'arm64' })).toThrow(
      /no TensorFlow with CUDA for arm64/,
    );
  });

  test('knows a file by its name whether it should be the pinned one', async () => {
    const pinned = join(folder, `tensorflow_cpu-${defaultVersion}-cp311-cp311-manylinux_2_27_x86_64.whl`);
    const other = join(folder, 'tensorflow_cpu-2.20.0-cp311-cp311-manylinux_2_17_x86_64.whl');
    for (const file of [pinned, other]) await writeFile(file, '');
    expect(parseTensorflowSource(pinned, gpu)).toMatchObject({ pinned: { distribution: 'tensorflow-cpu' } });
    expect(parseTensorflowSource(other, gpu)).toMatchObject({ pinned: undefined });
  });

  test.each([
    ['tensorflow_cpu-2.20.0-cp311-cp311-manylinux_2_17_x86_64.whl', true],
    ['tensorflow-2.21.0-cp311-cp311-manylinux_2_27_aarch64.whl', true],
    ['tensorflow-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl', false],
  ])('knows whether %s computes on the CPU alone', (name, isCpu) => {
    expect(isCpuWheel(join(folder, name))).toBe(isCpu);
  });

  test('names a file that is not there', () => {
    expect(() => parseTensorflowSource('/nowhere/a.whl', gpu)).toThrow('/nowhere/a.whl is not there');
  });

  test.each(['pypi:', 'pypi:latest', 'pypi:2', 'pypy', ''])('refuses %j', (text) => {
    expect(() => parseTensorflowSource(text, gpu)).toThrow(ConfigError);
    expect(() => parseTensorflowSource(text, gpu)).toThrow(`got "${text}"`);
  });
});
