import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { whyNotWide } from '../../src/coordinator/wide-vectors.ts';
import recorded from '../fixtures/golden-hashes.json' with { type: 'json' };
import { cliPath, endCli } from '../support/cli-process.ts';
import { preparedPart } from '../support/prepared-parts.ts';
import { outcomeOf } from '../support/run-outcome.ts';
import { sliceDirectory, temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();
/** What prepare-newer-node.sh leaves. */
const newerNode = join(preparedPart('newer-node'), 'node');

const sizes = ['--batch-size', '64', '--limit-train', '250', '--limit-val', '50', '--epochs', '2'];
const slice = ['train', '--data', sliceDirectory, ...sizes, '--workers', '2'];
/** Kernels that the reference does not use; each has loops of its own. */
const otherKernels = [
  ...['--pooling', 'max', '--batch-norm', '--dropout', '0.2', '--label-smoothing', '0.1'],
  ...['--augment-flip', '--augment-rotation', '10', '--augment-shift', '2', '--augment-erasing', '0.3'],
  ...['--weight-decay', '0.01', '--clip-norm', '0.5', '--ema-decay', '0.9'],
];

/** V8's optimizing compiler from the first call on: so short a run would end before most of its kernels got there. */
const optimized = ['--no-liftoff', '--trace-wasm-revectorize'];
/** What V8 then prints of a function with wider vectors. */
const widened = 'Decide to vectorize';

function hasWideVectors(node: string): boolean {
  const script = 'process.stdout.write(process.versions.node + " " + process.platform + " " + process.arch)';
  const [version, platform, arch] = execFileSync(node, ['-e', script], { encoding: 'utf8' }).split(' ');
  const [features] = execFileSync(node, ['--v8-options'], { encoding: 'utf8' }).split('\n');
  const problem = whyNotWide(version as string, platform as string, arch as string);
  return problem === undefined && (features ?? '').includes('AVX2=1');
}

/** A Node.js with vectors of 256 bits: this one, or the one that is prepared. */
const wideNode = [process.execPath, newerNode].find((node) => existsSync(node) && hasWideVectors(node));

function requireNode(context: TestContext): string {
  const missing = `neither this Node.js nor ${newerNode} has vectors of 256 bits here: run test/faults/prepare-newer-node.sh`;
  return wideNode ?? context.skip(missing);
}

async function train(node: string, name: string, ...flags: string[]) {
  const run = join(folder, name);
  const words = [...optimized, cliPath, ...slice, '--run-dir', run, ...flags];
  const { stdout, stderr } = await promisify(execFile)(node, words, { maxBuffer: 2 ** 28 });
  return { outcome: await outcomeOf(run), stdout, stderr };
}

describe('vectors of 256 bits', () => {
  let golden: Awaited<ReturnType<typeof outcomeOf>>;

  beforeAll(async () => {
    const run = join(folder, 'golden');
    expect(await endCli([...slice, '--run-dir', run])).toMatchObject({ exitCode: 0 });
    golden = await outcomeOf(run);
    expect(golden.weights).toBe(recorded.smallSlice);
  });

  test('give the same bits', async (context) => {
    const node = requireNode(context);
    const wide = await train(node, 'wide', '--wide-vectors');
    expect(wide.outcome).toEqual(golden);
    expect(wide.stdout.split(widened).length).toBeGreaterThan(5);
    expect(wide.stderr).not.toContain('256 bits');
    const narrow = await train(node, 'narrow');
    expect(narrow.outcome).toEqual(golden);
    expect(narrow.stdout).not.toContain(widened);
  });

  test.for(['tanh', 'relu'])(
    'give the same bits with %s and what else a model can have',
    async (activation, context) => {
      const node = requireNode(context);
      const flags = ['--activation', activation, ...otherKernels];
      const wide = await train(node, `wide-${activation}`, ...flags, '--wide-vectors');
      expect(wide.stdout).toContain(widened);
      const run = join(folder, activation);
      expect(await endCli([...slice, '--run-dir', run, ...flags])).toMatchObject({ exitCode: 0 });
      expect(wide.outcome).toEqual(await outcomeOf(run));
    },
  );

  test('leave a run that can go on without them to the same bits', async (context) => {
    const node = requireNode(context);
    await train(node, 'begun', '--epochs', '1', '--wide-vectors');
    const run = join(folder, 'begun');
    const environment = { LOCKSTEP_WIDE_VECTORS: 'false' };
    expect(await endCli(['train', '--resume', run, '--epochs', '2'], { environment })).toMatchObject({
      exitCode: 0,
    });
    expect(await outcomeOf(run)).toEqual(golden);
  });

  test('that cannot be had are told of, and the run goes on to the same result', async (context) => {
    if (whyNotWide(process.versions.node, process.platform, process.arch) === undefined)
      context.skip(`Node.js ${process.versions.node} has them`);
    const run = join(folder, 'without');
    const { exitCode, stderr } = await endCli([...slice, '--run-dir', run, '--wide-vectors']);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('note: no vectors of 256 bits: ');
    expect(await outcomeOf(run)).toEqual(golden);
  });
});
