import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { cliPath, endCli } from '../support/cli-process.ts';
import { leftBehind, outcomeOf, readAllFiles } from '../support/run-outcome.ts';
import { sliceDirectory, temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();
const settings = [
  ...['--data', sliceDirectory, '--epochs', '3', '--batch-size', '50', '--workers', '2'],
  ...['--keep-checkpoints', '1'],
];
let runs = 0;
const newFolder = () => join(folder, `run-${runs++}`);
const errorLines = (stderr: string) => stderr.split('\n').filter((line) => line.startsWith('error:'));

let golden: Awaited<ReturnType<typeof outcomeOf>>;
beforeAll(async () => {
  const run = newFolder();
  expect(await endCli(['train', '--run-dir', run, ...settings, '--workers', '1'])).toMatchObject({
    exitCode: 0,
  });
  golden = await outcomeOf(run);
});

/** Reaches the golden outcome from what a failed run left: by a resume, or by the same command if nothing had begun. */
function commandAfter(run: string): string[] {
  return existsSync(join(run, 'config.yaml'))
    ? ['train', '--resume', run]
    : ['train', '--run-dir', run, ...settings];
}

const namespaces = ['unshare', '--user', '--map-root-user', '--mount'];
const noNamespaces = (() => {
  const mount = 'mount -t tmpfs -o size=64k tmpfs /mnt';
  const { error, status, stderr } = spawnSync(
    namespaces[0] as string,
    [...namespaces.slice(1), 'sh', '-c', mount],
    {
      encoding: 'utf8',
    },
  );
  if (error !== undefined) return 'unshare is not installed';
  return status === 0 ? undefined : `no file system can be mounted here: ${stderr.trim()}`;
})();

/** Trains on a file system of that size, which only this process sees, then makes room and goes on. */
const onSmallDisk = `
  disk=$1 size=$2 kept=$3 every=$4; shift 4
  mount -t tmpfs -o size="$size" tmpfs "$disk" || exit 99
  "$@" train --run-dir "$disk/run" ${settings.join(' ')} --checkpoint-every "$every" 2> "$kept/stderr"
  echo $? > "$kept/code"
  cp -a "$disk/run" "$kept/full"
  mount -o remount,size=64m "$disk" || exit 99
  "$@" train --resume "$disk/run" --workers 3 2> "$kept/resume-stderr"
  echo $? > "$kept/resume-code"
  cp -a "$disk/run" "$kept/end"
`;

describe('a disk that is full', () => {
  beforeEach((context) => {
    if (noNamespaces !== undefined) context.skip(noNamespaces);
  });

  test.each([
    { size: '500k', every: '7steps', file: 'step-000000007', resumed: 'begins at its first step' },
    { size: '1700k', every: '7steps', file: 'step-000000021', resumed: 'goes on at epoch 1, step 15' },
    { size: '1100k', every: '1epoch', file: 'best.safetensors', resumed: 'goes on at epoch 2, step 1' },
  ])(
    'ends the run at $file, and nothing is lost ($size, a checkpoint every $every)',
    async ({ size, every, file, resumed }) => {
      const kept = newFolder();
      const disk = join(kept, 'disk');
      mkdirSync(disk, { recursive: true });
      await run([
        ...namespaces,
        'sh',
        '-c',
        onSmallDisk,
        'sh',
        disk,
        size,
        kept,
        every,
        process.execPath,
        cliPath,
      ]);
      const read = (name: string) => readFileSync(join(kept, name), 'utf8');
      expect(read('code').trim()).toBe('4');
      expect(errorLines(read('stderr'))).toEqual([
        expect.stringMatching(`${file}.* cannot be written: ENOSPC`),
      ]);
      expect(read('stderr')).toContain('The disk is full: free space and resume the run');
      await readAllFiles(join(kept, 'full'));
      expect(leftBehind(join(kept, 'full'))).toEqual([]);

      expect(read('resume-code').trim(), read('resume-stderr')).toBe('0');
      expect(read('resume-stderr')).toContain(resumed);
      expect(await outcomeOf(join(kept, 'end'))).toEqual(golden);
      expect(leftBehind(kept)).toEqual([]);
    },
  );
});

describe('a limit on the size of files', () => {
  beforeEach((context) => {
    if (process.platform === 'win32') context.skip('there is no ulimit');
  });

  test.each([
    { blocks: 0, file: 'config.yaml' },
    { blocks: 300, file: 'step-000000007' },
    { blocks: 1500, file: 'step-000000021' },
  ])('of $blocks blocks ends the run at $file, and nothing is lost', async ({ blocks, file }) => {
    const directory = newFolder();
    const limited = await endCli(
      ['train', '--run-dir', directory, ...settings, '--checkpoint-every', '7 steps'],
      {
        // POSIX counts in blocks of 512 bytes.
        wrapper: ['sh', '-c', `ulimit -f ${blocks} && exec "$@"`, 'sh'],
      },
    );
    expect(limited.exitCode).toBe(4);
    expect(errorLines(limited.stderr)).toEqual([expect.stringMatching(`${file}.* cannot be written: EFBIG`)]);
    expect(limited.stderr).toContain('raise it (ulimit -f) and resume the run');
    await readAllFiles(directory);
    expect(leftBehind(directory)).toEqual([]);

    expect(await endCli(commandAfter(directory))).toMatchObject({ exitCode: 0 });
    expect(await outcomeOf(directory)).toEqual(golden);
    expect(leftBehind(directory)).toEqual([]);
  });
});

function run(words: readonly string[]): Promise<void> {
  const child = spawn(words[0] as string, words.slice(1), { stdio: 'ignore' });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`exit code ${code}`))));
  });
}
