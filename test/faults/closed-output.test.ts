import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli, runCli } from '../support/run-cli.ts';
import { sliceDirectory, temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();

/** Runs a command whose standard output and error nobody reads any more, from the first byte of either on. */
async function runUnheard(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const leave = () => {
    child.stdout.destroy();
    child.stderr.destroy();
  };
  child.stdout.once('data', leave);
  child.stderr.once('data', leave);
  const [exitCode] = await once(child, 'exit');
  return exitCode;
}

test('a run goes on to its end when whoever read its output has left', async () => {
  const flags = ['train', '--data', sliceDirectory, '--batch-size', '64', '--epochs', '3', '--workers', '2'];
  const resultOf = (run: string) => JSON.parse(readFileSync(join(run, 'result.json'), 'utf8'));
  const [heard, unheard] = [join(folder, 'heard'), join(folder, 'unheard')];
  expect(await runCli([...flags, '--run-dir', heard])).toMatchObject({ exitCode: 0 });
  expect(await runUnheard([...flags, '--run-dir', unheard])).toBe(0);
  expect(resultOf(unheard).weightsSha256).toBe(resultOf(heard).weightsSha256);
});

test.each([
  ['a mistake', ['train', '--epochs', 'many', '--workers', 'few'], 2],
  ['help', ['train', '--help'], 0],
])('%s has its usual exit code then', async (_, args, exitCode) => {
  expect(await runUnheard(args)).toBe(exitCode);
});
