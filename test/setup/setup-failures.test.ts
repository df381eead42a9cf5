import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defaultVersion } from '../../src/setup/tensorflow-source.ts';
import { leftovers, programFolder, startSetup } from './setup-process.ts';

const execute = promisify(execFile);

const runs = (program: string, ...args: string[]) => spawnSync(program, args).status === 0;
const isLinux = process.platform === 'linux' && process.arch === 'x64';
const hasTools = isLinux && runs('g++', '--version') && runs('python3', '-m', 'pip', '--version');
const wheelName = `tensorflow_cpu-${defaultVersion}-cp311-cp311-manylinux_2_27_x86_64.whl`;

describe.skipIf(!isLinux)('setup:cuda, as far as it fails (Linux on x64)', () => {
  let folder: string;
  let partsFolder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-setup-'));
    partsFolder = join(folder, 'parts');
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  const fail = async (args: string[], environment: Record<string, string> = {}) => {
    const ended = await startSetup('cuda', partsFolder, args, environment).ended;
    expect(await leftovers(partsFolder)).toEqual([]);
    return ended;
  };

  test('names g++ and the command that installs it', async () => {
    const PATH = await programFolder(join(folder, 'bin'), {});
    const ended = await fail(['--tensorflow', 'pypi', '--cpu'], { PATH });
    expect(ended).toMatchObject({
      exitCode: 4,
      stderr: 'error: g++ is not on the PATH.\nOn Debian and Ubuntu: apt-get install g++\n',
    });
  });

  test('names python3', async () => {
    const PATH = await programFolder(join(folder, 'bin'), { 'g++': { script: 'exit 0' } });
    expect(await fail(['--tensorflow', 'pypi', '--cpu'], { PATH })).toMatchObject({
      exitCode: 4,
      stderr:
        'error: python3 is not on the PATH.\nOn Debian and Ubuntu: apt-get install python3 python3-pip\n',
    });
  });

  test("names python3's pip", async () => {
    const PATH = await programFolder(join(folder, 'bin'), {
      'g++': { script: 'exit 0' },
      python3: { script: 'exit 1' },
    });
    expect(await fail(['--tensorflow', 'pypi', '--cpu'], { PATH })).toMatchObject({
      exitCode: 4,
      stderr: 'error: python3 has no pip.\nOn Debian and Ubuntu: apt-get install python3-pip\n',
    });
  });

  test.each([
    [
      ['--tensorflow', 'latest'],
      '--tensorflow must be vendor, pypi, pypi:VERSION or a .whl file, got "latest".',
    ],
    [['--tensorflow', 'pypi', '--cpu', '--cuda-libraries', 'pypi'], 'not with --cpu.'],
    [['--cuda-libraries', 'pypi'], 'not with --tensorflow vendor.'],
    [['--cuda-libraries', 'conda'], 'Allowed choices are system, pypi.'],
    [['--gpu'], "unknown option '--gpu'"],
  ])('refuses %j', async (args, message) => {
    const ended = await fail(args);
    expect(ended.exitCode).toBe(2);
    expect(ended.stderr).toContain(message);
  });

  test.skipIf(!hasTools)(
    'refuses a wheel of other bytes than the pinned ones (needs g++ and pip)',
    async () => {
      const wheel = await forgeWheel(folder);
      const ended = await fail(['--tensorflow', wheel, '--cpu']);
      expect(ended.exitCode).toBe(3);
      expect(ended.stderr).toMatch(
        /SHA-256 [0-9a-f]{64}, expected 2b847d21[0-9a-f]{56}\. It is not the file/,
      );
    },
  );

  test.skipIf(!hasTools)('refuses other bytes from the package index too (needs g++ and pip)', async () => {
    await forgeWheel(folder);
    const environment = { PIP_NO_INDEX: '1', PIP_FIND_LINKS: folder };
    const ended = await fail(['--tensorflow', 'pypi', '--cpu'], environment);
    expect(ended.exitCode).toBe(3);
    expect(ended.stderr).toMatch(/SHA-256 [0-9a-f]{64}, expected 2b847d21/);
    expect(ended.stdout).not.toContain('Unpacking');
  });

  test.skipIf(!hasTools)('lists the versions that there are (needs g++ and pip)', async () => {
    await forgeWheel(folder);
    const environment = { PIP_NO_INDEX: '1', PIP_FIND_LINKS: folder };
    const ended = await fail(['--tensorflow', 'pypi:9.9.9', '--cpu'], environment);
    expect(ended.exitCode).toBe(3);
    expect(ended.stderr).toContain(
      `error: tensorflow-cpu==9.9.9 is not to be had for Linux on x64 (cp311). The package index of pip has ${defaultVersion}.\n`,
    );
  });

  test.skipIf(!hasTools)('says that there is no network (needs g++ and pip)', async () => {
    const proxy = `http://127.0.0.1:${await closedPort()}`;
    const environment = { HTTPS_PROXY: proxy, https_proxy: proxy, NO_PROXY: '', no_proxy: '' };
    const ended = await fail(['--tensorflow', 'pypi', '--cpu'], environment);
    expect(ended.exitCode).toBe(3);
    expect(ended.stderr).toContain(
      'error: the package index of pip cannot be reached: Connection refused.\npip takes proxies from HTTPS_PROXY',
    );
  });

  test.skipIf(!hasTools)('names the library that a wheel lacks (needs g++ and pip)', async () => {
    const wheel = await forgeWheel(folder, wheelName.replace(defaultVersion, '2.0.0'));
    const ended = await fail(['--tensorflow', wheel, '--cpu']);
    expect(ended.exitCode).toBe(3);
    expect(ended.stderr).toContain('no tensorflow/libtensorflow_cc.so.2 in it.');
    expect(ended.stdout).toContain('nothing vouches for your file');
  });

  test.skipIf(!hasTools)('says that a file is no wheel (needs g++ and pip)', async () => {
    const file = join(folder, 'tensorflow-2.0.0.whl');
    await execute('cp', [process.execPath, file]);
    const ended = await fail(['--tensorflow', file]);
    expect(ended.exitCode).toBe(3);
    expect(ended.stderr).toContain(`${file} cannot be unpacked: zipfile.BadZipFile: File is not a zip file`);
  });
});

/** A wheel that pip accepts, with nothing in it. */
async function forgeWheel(folder: string, name = wheelName): Promise<string> {
  const wheel = join(folder, name);
  const version = name.split('-')[1] ?? '';
  const program = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as archive:
    information = f'tensorflow_cpu-{sys.argv[2]}.dist-info'
    archive.writestr(f'{information}/METADATA', f'Metadata-Version: 2.1\\nName: tensorflow-cpu\\nVersion: {sys.argv[2]}\\n')
    archive.writestr(f'{information}/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: false\\nTag: cp311-cp311-manylinux_2_27_x86_64\\n')
    archive.writestr(f'{information}/RECORD', '')
`;
  await execute('python3', ['-c', program, wheel, version]);
  return wheel;
}

/** A port on which nobody listens any more. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
