import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { removeTemporaryFiles } from '../../src/coordinator/atomic-file.ts';
import { endCli, startCli } from '../support/cli-process.ts';
import { filesIn, leftBehind, outcomeOf } from '../support/run-outcome.ts';
import { sliceDirectory, temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();
const settings = ['--data', sliceDirectory, '--epochs', '2', '--batch-size', '50', '--workers', '2'];
const everyStep = ['--checkpoint-every', '1 step', '--keep-checkpoints', '2'];
let runs = 0;

/** Root may write everywhere, unless it gives that privilege up. */
const isRoot = process.getuid?.() === 0;
const withoutPrivileges = ['--bounding-set=-all', '--inh-caps=-all'];
const wrapper = isRoot ? ['setpriv', ...withoutPrivileges] : [];
const problem = (() => {
  if (process.platform === 'win32') return 'permissions are of another kind on Windows';
  if (!isRoot) return undefined;
  const { status } = spawnSync('setpriv', [...withoutPrivileges, 'true']);
  return status === 0 ? undefined : 'root cannot give up its privileges (setpriv)';
})();

let golden: Awaited<ReturnType<typeof outcomeOf>>;
beforeAll(async () => {
  const run = join(folder, 'golden');
  expect(await endCli(['train', '--run-dir', run, ...settings, '--workers', '1'])).toMatchObject({
    exitCode: 0,
  });
  golden = await outcomeOf(run);
});

/** A run that was killed in the middle, with checkpoints. */
async function killedRun(): Promise<string> {
  const run = join(folder, `run-${runs++}`);
  const cli = startCli(['train', '--run-dir', run, ...settings, ...everyStep]);
  const watch = setInterval(() => {
    if (existsSync(join(run, 'checkpoints', 'step-000000003.safetensors'))) cli.process.kill('SIGKILL');
  }, 1);
  const { signal } = await cli.ended;
  clearInterval(watch);
  expect(signal).toBe('SIGKILL');
  await removeTemporaryFiles(run);
  await removeTemporaryFiles(join(run, 'checkpoints'));
  return run;
}

function contentOf(directory: string): Map<string, string> {
  return new Map(filesIn(directory).map((path) => [path, readFileSync(path, 'latin1')]));
}

async function resumeToGolden(run: string): Promise<void> {
  expect(await endCli(['train', '--resume', run], { wrapper })).toMatchObject({ exitCode: 0 });
  expect(await outcomeOf(run)).toEqual(golden);
  expect(leftBehind(run)).toEqual([]);
}

describe('a folder that may not be written to', () => {
  beforeEach((context) => {
    if (problem !== undefined) context.skip(problem);
  });

  test('takes no new run: exit code 4, and what may not be made', async () => {
    const parent = join(folder, 'parent');
    mkdirSync(parent, { mode: 0o555 });
    const { exitCode, stderr } = await endCli(['train', '--run-dir', join(parent, 'run'), ...settings], {
      wrapper,
    });
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(
      /^error: the run folder .*parent\/run cannot be made: EACCES.*\nChoose another --run-dir/m,
    );
    expect(filesIn(parent)).toEqual([]);
  });

  /** What is in the way, and the file that the error must name. */
  const obstacles = [
    { what: 'its run folder', prepare: () => {}, folder: '', named: 'config.yaml' },
    {
      what: 'its run folder, with a temporary file in it',
      prepare: (run: string) => writeFileSync(join(run, '.history.csv.0123456789ab.tmp'), ''),
      folder: '',
      named: '.history.csv.0123456789ab.tmp',
    },
    {
      what: 'its checkpoints, the newest of which is damaged',
      prepare: (run: string) => truncateSync(checkpointsOf(run).at(-1) as string, 1000),
      folder: 'checkpoints',
      named: 'step-',
    },
  ];
  test.each(obstacles)('resumes no run: $what', async ({ prepare, folder: inner, named }) => {
    const run = await killedRun();
    prepare(run);
    const before = contentOf(run);
    chmodSync(join(run, inner), 0o555);
    const { exitCode, stderr } = await endCli(['train', '--resume', run], { wrapper });
    chmodSync(join(run, inner), 0o755);
    expect(exitCode).toBe(4);
    const errors = stderr.split('\n').filter((line) => line.startsWith('error:'));
    expect(errors).toEqual([expect.stringMatching(`${named}.*EACCES|EACCES.*${named}`)]);
    expect(stderr).toContain('change its permissions and resume the run');
    expect(contentOf(run)).toEqual(before);
    await resumeToGolden(run);
  });

  test('in the middle of a run ends it at the next save, and nothing is lost', async () => {
    const run = join(folder, `run-${runs++}`);
    const cli = startCli(['train', '--run-dir', run, ...settings, ...everyStep], { wrapper });
    const checkpoints = join(run, 'checkpoints');
    const watch = setInterval(() => {
      if (!existsSync(join(checkpoints, 'step-000000003.safetensors'))) return;
      clearInterval(watch);
      chmodSync(checkpoints, 0o555);
    }, 1);
    const { exitCode, stderr } = await cli.ended;
    clearInterval(watch);
    chmodSync(checkpoints, 0o755);
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/^error: .*\/step-\d+\.safetensors: cannot be written: EACCES/m);
    await resumeToGolden(run);
  });
});

function checkpointsOf(run: string): string[] {
  return filesIn(run)
    .filter((path) => path.endsWith('.safetensors') && path.includes('/step-'))
    .sort();
}
