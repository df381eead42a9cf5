import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  countArithmetic,
  readCounts,
} from '../../../../src/coordinator/bench/operations/count-arithmetic.ts';
import { readKernels } from '../../../../src/coordinator/kernels.ts';
import type { KernelExports } from '../../../../src/shared/kernel-exports.ts';
import { type PeakProbeExports, peakProbeLoops } from '../../../../src/shared/peak-probe.ts';
import { readFashionImages } from '../../../reference/fashion-images.ts';
import { randomParameters } from '../../../reference/random-values.ts';
import { LoadedModel } from '../../../worker/kernels/kernel-harness.ts';

const probeFile = new URL('../../../../dist/worker/peak-probe.wasm', import.meta.url);
const elements = 4096;
const vector = 1 << 16;

let kernels: Uint8Array<ArrayBuffer>;
let counting: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  kernels = await readKernels();
  counting = countArithmetic(kernels);
});

/** What `run` executes of the kernels, on zeros. */
async function countOf(run: (kernels: KernelExports) => void) {
  const memory = new WebAssembly.Memory({ initial: 4, maximum: 65536, shared: true });
  const { instance } = await WebAssembly.instantiate(counting, { env: { memory } });
  run(instance.exports as unknown as KernelExports);
  return readCounts(instance.exports);
}

describe('countArithmetic', () => {
  test('counts what Adam’s formula has, for each element', async () => {
    const counts = await countOf(({ adamUpdate }) =>
      adamUpdate(
        ...([vector, vector, vector, vector, vector, vector, vector] as const),
        ...([0, elements, 1, 1, 1, 1, 0.9, 0.999, 1e-8] as const),
      ),
    );
    // 1 - β1 and 1 - β2 once.
    expect(counts).toEqual({
      multiplications: 8 * elements,
      additions: 4 * elements + 2,
      others: 3 * elements,
    });
  });

  test.each([1, 2, 3, 8, 13])('counts an addition less than there are slots: %i', async (slots) => {
    const counts = await countOf(({ reduceGradients }) => {
      reduceGradients(vector, 0, slots, vector, 0, elements, 128);
    });
    // The sum of squares is one of four lanes, which are added in the end.
    expect(counts).toEqual({
      multiplications: elements,
      additions: (slots - 1) * elements + elements + 3,
      others: elements,
    });
  });

  test('counts as many operations in the probe of the peak as its figures are computed from', async () => {
    const { instance } = await WebAssembly.instantiate(countArithmetic(await readFile(probeFile)));
    const loops = instance.exports as unknown as PeakProbeExports;
    for (const [loop, operations] of Object.entries(peakProbeLoops)) {
      const before = readCounts(instance.exports);
      loops[loop as keyof PeakProbeExports](0, 0.5, 1);
      const aroundTheLoop = readCounts(instance.exports).additions - before.additions;
      loops[loop as keyof PeakProbeExports](100, 0.5, 1);
      const after = readCounts(instance.exports);
      expect(after.multiplications - before.multiplications).toBe((100 * operations) / 2);
      expect(after.additions - before.additions).toBe((100 * operations) / 2 + 2 * aroundTheLoop);
      expect(after.others).toBe(0);
    }
  });

  test('leaves the bits of what is computed as they are', async () => {
    const sample = { parameters: randomParameters(1, 3), ...readFashionImages() };
    const [plain, counted] = await Promise.all(
      [kernels, counting].map(async (binary) => {
        const model = new LoadedModel(await WebAssembly.compile(binary), sample, 16);
        const { gradientSums, ...scores } = model.lossAndGradients([5, 9, 1]);
        return { ...scores, sha256: createHash('sha256').update(gradientSums).digest('hex') };
      }),
    );
    expect(counted).toEqual(plain);
    expect(counted?.lossSum).toBeGreaterThan(0);
  });

  test.each([
    { name: 'of exception handling', bytes: [0x06, 0x40, 0x0b] },
    { name: 'of relaxed SIMD', bytes: [0xfd, 0x85, 0x02] },
  ])('refuses an instruction $name rather than to count wrongly', ({ bytes }) => {
    expect(() => countArithmetic(moduleOf(bytes))).toThrow(/cannot be counted/);
  });

  test('refuses a binary that is cut off', () => {
    expect(() => countArithmetic(kernels.subarray(0, 20_000))).toThrow();
  });
});

/** A module with one function. */
function moduleOf(instructions: readonly number[]): Uint8Array {
  const header = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const body = [0, ...instructions, 0x0b];
  return Uint8Array.from([
    ...header,
    ...[1, 4, 1, 0x60, 0, 0],
    ...[3, 2, 1, 0],
    ...[10, body.length + 2, 1, body.length, ...body],
  ]);
}
