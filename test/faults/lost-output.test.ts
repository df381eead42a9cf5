import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { startCli } from '../support/cli-process.ts';
import { cli, runCli } from '../support/run-cli.ts';
import { sliceDirectory, temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();

const flags = ['train', '--data', sliceDirectory, '--batch-size', '64', '--epochs', '3', '--workers', '2'];
const resultOf = (run: string) => JSON.parse(readFileSync(join(run, 'result.json'), 'utf8'));
let golden: string;

beforeAll(async () => {
  const run = join(folder, 'golden');
  expect(await runCli([...flags, '--run-dir', run])).toMatchObject({ exitCode: 0 });
  golden = resultOf(run).weightsSha256;
});

/** Runs a command whose standard output and error nobody reads: from the start, or from the first byte of either on. */
async function runUnheard(args: readonly string[], since: 'start' | 'first byte'): Promise<number> {
  const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const leave = () => {
    child.stdout.destroy();
    child.stderr.destroy();
  };
  if (since === 'start') {
    leave();
  } else {
    child.stdout.once('data', leave);
    child.stderr.once('data', leave);
  }
  const [exitCode] = await once(child, 'exit');
  return exitCode;
}

test('a run goes on to its end when whoever read its output has left', async () => {
  const run = join(folder, 'unheard');
  expect(await runUnheard([...flags, '--run-dir', run], 'first byte')).toBe(0);
  expect(resultOf(run).weightsSha256).toBe(golden);
});

test('a command that nobody ever heard has its usual exit code', async () => {
  expect(await runUnheard(['train', '--help'], 'start')).toBe(0);
});

const skipNote = existsSync('/dev/full') ? '' : ' (skipped: there is no /dev/full)';

describe.skipIf(skipNote !== '')(`output onto a full disk${skipNote}`, () => {
  const full = { wrapper: ['sh', '-c', 'exec "$@" > /dev/full', 'sh'] };

  test('is lost, told of once, and a run goes on to its end', async () => {
    const run = join(folder, 'full');
    const { exitCode, stderr } = await startCli([...flags, '--run-dir', run], full).ended;
    expect(exitCode, stderr).toBe(4);
    expect(stderr.match(/cannot be written/g)).toHaveLength(1);
    expect(stderr).toContain(
      'error: standard output cannot be written, what is printed is lost: ENOSPC: no space left',
    );
    expect(resultOf(run).weightsSha256).toBe(golden);
  });

  test('makes a command fail whose output is all that it does, without a stack trace', async () => {
    const { exitCode, stderr } = await startCli(['summary'], full).ended;
    expect(exitCode).toBe(4);
    expect(stderr.trim()).toMatch(/^error: .*ENOSPC.*\nSend it elsewhere, or make room\.$/);
  });

  test('leaves the exit code of what failed before', async () => {
    const { exitCode } = await startCli(['train', '--epochs', '0'], {
      wrapper: ['sh', '-c', 'exec "$@" > /dev/full 2>&1', 'sh'],
    }).ended;
    expect(exitCode).toBe(2);
  });
});
