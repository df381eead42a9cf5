/**
 * `npm run verify`: the reference run, ten epochs on the real data, as a user would start it; its hash is compared with the
 * recorded one, which is the same on every machine, and its test accuracy is printed. Run from the root of the repository.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeMachine } from '../src/coordinator/bench/machine.ts';
import { runFiles } from '../src/coordinator/run/run-files.ts';
import type { RunResult } from '../src/coordinator/run/run-result.ts';
import { reportFailures } from './report-failures.ts';

reportFailures();
const golden = JSON.parse(readFileSync(join('test', 'fixtures', 'golden-hashes.json'), 'utf8')) as {
  tenEpochs: string;
};
const cli = join('dist', 'coordinator', 'cli.js');
const run = join(mkdtempSync(join(tmpdir(), 'lockstep-verify-')), 'run');

const machine = describeMachine();
console.log(`${machine.cpu}, ${machine.cores} cores, ${machine.system}, Node ${machine.node}\n`);
lockstep('train', '--config', join('config', 'lenet5.yaml'), '--run-dir', run, ...process.argv.slice(2));
console.log('');
lockstep('evaluate', run);

const { weightsSha256 } = JSON.parse(readFileSync(join(run, runFiles.result), 'utf8')) as RunResult;
if (weightsSha256 === golden.tenEpochs) {
  console.log(`\nThe final weights are the recorded ones: SHA-256 ${weightsSha256}`);
} else {
  console.error(`\nThe final weights have SHA-256 ${weightsSha256}, recorded is ${golden.tenEpochs}.`);
  process.exitCode = 1;
}

function lockstep(...args: string[]): void {
  console.log(`$ lockstep ${args.join(' ')}`);
  const { status } = spawnSync(process.execPath, [cli, ...args], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
