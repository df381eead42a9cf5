import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli, runCli } from '../support/run-cli.ts';
import { sliceDirectory, temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();

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
  const flags = ['train', '--data', sliceDirectory, '--batch-size', '64', '--epochs', '3', '--workers', '2'];
  const resultOf = (run: string) => JSON.parse(readFileSync(join(run, 'result.json'), 'utf8'));
  const [heard, unheard] = [join(folder, 'heard'), join(folder, 'unheard')];
  expect(await runCli([...flags, '--run-dir', heard])).toMatchObject({ exitCode: 0 });
  expect(await runUnheard([...flags, '--run-dir', unheard], 'first byte')).toBe(0);
  expect(resultOf(unheard).weightsSha256).toBe(resultOf(heard).weightsSha256);
});

test('a command that nobody ever heard has its usual exit code', async () => {
  expect(await runUnheard(['train', '--help'], 'start')).toBe(0);
});
