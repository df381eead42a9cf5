import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import recorded from '../fixtures/golden-hashes.json' with { type: 'json' };
import { type CliOptions, cliPath, endCli } from '../support/cli-process.ts';
import { preparedPart } from '../support/prepared-parts.ts';
import { outcomeOf } from '../support/run-outcome.ts';
import { sliceDirectory, temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();
/** What prepare-arm64.sh leaves. */
const arm64 = preparedPart('arm64');

/** Four steps an epoch, the last with a short micro-shard: under emulation each takes a third of a second. */
const sizes = ['--batch-size', '64', '--limit-train', '250', '--limit-val', '50', '--epochs', '2'];
const slice = ['train', '--data', sliceDirectory, ...sizes, '--workers', '2'];

let golden: Awaited<ReturnType<typeof outcomeOf>>;

beforeAll(async () => {
  golden = await outcomeOf(await train('golden', {}));
});

async function train(name: string, options: CliOptions): Promise<string> {
  const run = join(folder, name);
  expect(await endCli([...slice, '--run-dir', run], options)).toMatchObject({ exitCode: 0 });
  return run;
}

/** Runs arm64's node. @throws when it does not exit with 0 */
function emulate(args: readonly string[]) {
  const emulator = ['-L', join(arm64, 'root'), join(arm64, 'node')];
  // Where require() finds the arm64 addon that npm did not install here.
  const env = { ...process.env, NODE_PATH: join(arm64, 'modules') };
  return promisify(execFile)(join(arm64, 'qemu-aarch64-static'), [...emulator, ...args], { env });
}

/** What V8 uses of the processor, by name, under these flags: empty where there is nothing to switch off (arm64). */
function processorFeatures(flags: readonly string[]): Set<string> {
  const [line] = execFileSync(process.execPath, [...flags, '--v8-options'], { encoding: 'utf8' }).split('\n');
  return new Set([...(line ?? '').matchAll(/(\w+)=1/g)].map((match) => match[1] as string));
}

describe('the same bits', () => {
  test('as were recorded come from this processor', () => {
    expect(golden.weights).toBe(recorded.smallSlice);
  });

  test.each([
    {
      without: 'AVX and FMA',
      flags: ['--no-enable-avx', '--no-enable-avx2', '--no-enable-fma3'],
      feature: 'AVX',
    },
    { without: 'FMA', flags: ['--no-enable-fma3'], feature: 'FMA3' },
    { without: 'AVX2', flags: ['--no-enable-avx2'], feature: 'AVX2' },
    { without: 'SSE4.2 and above', flags: ['--no-enable-sse4-2', '--no-enable-avx'], feature: 'SSE4_2' },
  ])('come from a processor without $without', async ({ without, flags, feature }) => {
    expect(await outcomeOf(await train(without, { nodeArguments: flags }))).toEqual(golden);
    // The flag must have switched off something, or the test would compare the machine with itself.
    if (processorFeatures([]).has(feature)) expect(processorFeatures(flags)).not.toContain(feature);
  });

  test('come from an arm64 processor', async (context) => {
    if (!existsSync(join(arm64, 'contents')))
      context.skip(`no emulator in ${arm64}: run test/faults/prepare-arm64.sh`);
    expect((await emulate(['-p', 'process.arch'])).stdout).toBe('arm64\n');
    const run = join(folder, 'arm64');
    await emulate([cliPath, ...slice, '--run-dir', run]);
    expect(await outcomeOf(run)).toEqual(golden);
  }, 240_000);
});

describe('a processor that cannot run the kernels', () => {
  test('is told so', async (context) => {
    if (!processorFeatures([]).has('SSE4_1')) context.skip('this machine has no SSE4.1 to switch off');
    const run = join(folder, 'no-simd');
    const { exitCode, stderr } = await endCli([...slice, '--run-dir', run], {
      nodeArguments: ['--no-enable-sse4-1'],
    });
    expect(exitCode).toBe(4);
    expect(stderr).toContain('They need WebAssembly SIMD: an x86-64 processor with SSE4.1, or arm64.');
    expect(existsSync(run)).toBe(false);
  });
});
