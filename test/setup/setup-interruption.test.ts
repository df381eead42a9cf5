import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { leftovers, programFolder, startSetup } from './setup-process.ts';

/** Hangs as on a slow network, and writes the id of its process down. Ends by itself, whatever the test does. */
const hang = (file: string) => `echo $$ > ${file}; exec sleep 120`;

/** Where the setup stands when the signal comes: the programs it has been given do nothing, up to one that hangs. */
const points: ReadonlyArray<[string, (pidFile: string) => Record<string, { script: string }>]> = [
  ['looks for the compiler', (file) => ({ 'g++': { script: hang(file) } })],
  ['looks for pip', (file) => ({ 'g++': { script: '' }, python3: { script: hang(file) } })],
  [
    'downloads',
    (file) => ({
      'g++': { script: '' },
      python3: { script: `case "$*" in *download*) ${hang(file)};; esac` },
    }),
  ],
  [
    'unpacks',
    (file) => ({
      'g++': { script: '' },
      python3: {
        // The wheel lies in the folder that follows --dest.
        script: `case "$*" in *download*) echo bytes > "$5/a.whl";; *zipfile*) ${hang(file)};; esac`,
      },
    }),
  ],
];

describe.skipIf(process.platform !== 'linux')('a setup that is interrupted (Linux)', () => {
  let folder: string;
  let partsFolder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-setup-'));
    partsFolder = join(folder, 'parts');
    await mkdir(join(partsFolder, 'tensorflow'), { recursive: true });
    await writeFile(join(partsFolder, 'tensorflow', 'before'), 'what was there before');
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  const startHanging = async (programs: (pidFile: string) => Record<string, { script: string }>) => {
    const pidFile = join(folder, 'pid');
    const bin = await programFolder(join(folder, 'bin'), programs(pidFile));
    const PATH = `${bin}:${process.env['PATH']}`;
    // Not a pinned release: the bytes are of no account here.
    const setup = startSetup('cuda', partsFolder, ['--tensorflow', 'pypi:2.15.0', '--cpu'], { PATH });
    return { setup, hangingProcess: await readPid(pidFile) };
  };

  for (const [name, programs] of points) {
    for (const [signal, exitCode] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      test(`leaves nothing half-done on ${signal} while it ${name}, and ends what it started`, async () => {
        const { setup, hangingProcess } = await startHanging(programs);
        setup.process.kill(signal);
        const ended = await setup.ended;
        expect(ended).toMatchObject({
          exitCode,
          stderr: `${signal}: ended; what was in place before is unchanged.\n`,
        });
        expect(await leftovers(partsFolder)).toEqual(['tensorflow']);
        expect(await leftovers(join(partsFolder, 'tensorflow'))).toEqual(['before']);
        expect(isRunning(hangingProcess)).toBe(false);
      });
    }

    test(`leaves what was there before on SIGKILL while it ${name}; the next run removes the rest`, async () => {
      const { setup, hangingProcess } = await startHanging(programs);
      setup.process.kill('SIGKILL');
      await setup.ended;
      // Nobody can end it for a process that was killed.
      process.kill(hangingProcess, 'SIGKILL');
      expect(await leftovers(join(partsFolder, 'tensorflow'))).toEqual(['before']);
      expect((await leftovers(partsFolder)).length).toBe(2);
      const next = await startSetup('cuda', partsFolder, ['--tensorflow', 'pypi', '--cpu'], { PATH: '' })
        .ended;
      expect(next.stderr).toContain('g++ is not on the PATH');
      expect(await leftovers(partsFolder)).toEqual(['tensorflow']);
    });
  }
});

async function readPid(file: string): Promise<number> {
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text.endsWith('\n')) return Number(text);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}
