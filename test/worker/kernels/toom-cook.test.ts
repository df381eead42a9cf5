import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { compileKernels, instantiate } from './kernel-harness.ts';

type Transform = (constants: number, from: number, out: number) => void;
type TransformWithStart = (constants: number, from: number, out: number, start: number) => void;

interface Parts {
  writeConstants(at: number): void;
  transformInput4: Transform;
  transformProducts4: TransformWithStart;
  transformOutputGradient4: Transform;
  transformWeights4: Transform;
  transformWeightGradient4: Transform;
  transformInput5: Transform;
  transformInputGradient5: Transform;
  transformProducts5: TransformWithStart;
  transformOutputGradient5: Transform;
  transformWeights5: Transform;
  transformWeightColumns5: Transform;
  transformWeightGradient5: Transform;
}

const taps = 5;
/** A line of 16 samples, in float32. The transforms work on its first four. */
const line = 16;
const table = 1 << 16;
const input = table + 1024;
const output = input + 1024;

let parts: Parts;
let memory: WebAssembly.Memory;
beforeAll(async () => {
  memory = new WebAssembly.Memory({ initial: 4, maximum: 65536, shared: true });
  parts = instantiate<Parts>(await compileKernels('test/worker/kernels/assembly/parts.ts'), memory);
  parts.writeConstants(table);
});

/** Runs a transform on `values`, `stride` float32 apart and four samples each, and reads `length` results a line apart. */
function run(transform: Transform, values: readonly number[], stride: number, length: number): number[] {
  const from = new Float32Array(memory.buffer, input, 256);
  values.forEach((value, index) => {
    from.fill(value, index * stride, index * stride + Math.min(stride, 4));
  });
  transform(table, input, output);
  const results = new Float32Array(memory.buffer, output, 256);
  return Array.from({ length }, (_, index) => results[index * line + 3] as number);
}

const product = (a: readonly number[], b: readonly number[]) =>
  a.map((value, index) => value * (b[index] as number));
const vector = (length: number) =>
  fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: length, maxLength: length });

/** Largest distance, in units of the largest sum of magnitudes that the direct form adds up (at most 5). */
function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, index) => {
    expect(Math.abs(value - (expected[index] as number))).toBeLessThan(2e-4);
  });
}

describe.each([
  { name: 'F(4, 5)', outputs: 4, points: 8 },
  { name: 'F(5, 5)', outputs: 5, points: 9 },
])('Toom-Cook $name', ({ outputs, points }) => {
  const inputs = outputs + taps - 1;
  const pick = <Five extends keyof Parts, Four extends keyof Parts>(five: Five, four: Four) =>
    (outputs === 5 ? parts[five] : parts[four]) as Transform;
  const transformInput = (values: readonly number[]) =>
    run(pick('transformInput5', 'transformInput4'), values, line, points);
  const transformWeights = (values: readonly number[]) =>
    run(pick('transformWeights5', 'transformWeights4'), values, 1, points);
  const transformOutputGradient = (values: readonly number[]) =>
    run(pick('transformOutputGradient5', 'transformOutputGradient4'), values, line, points);

  test('the output transform of the products is the direct convolution, plus its start', () => {
    const transformProducts = outputs === 5 ? parts.transformProducts5 : parts.transformProducts4;
    fc.assert(
      fc.property(vector(inputs), vector(taps), fc.float({ min: -1, max: 1, noNaN: true }), (d, g, start) => {
        const direct = Array.from({ length: outputs }, (_, j) =>
          g.reduce((sum, weight, k) => sum + weight * (d[j + k] as number), start),
        );
        const withStart: Transform = (constants, from, out) => transformProducts(constants, from, out, start);
        expectClose(run(withStart, product(transformInput(d), transformWeights(g)), line, outputs), direct);
      }),
    );
  });

  test('the weight gradient transform is the direct correlation of inputs and output gradients', () => {
    fc.assert(
      fc.property(vector(inputs), vector(outputs), (d, dy) => {
        const direct = Array.from({ length: taps }, (_, k) =>
          dy.reduce((sum, gradient, j) => sum + gradient * (d[j + k] as number), 0),
        );
        const sums = product(transformInput(d), transformOutputGradient(dy));
        const transform = pick('transformWeightGradient5', 'transformWeightGradient4');
        expectClose(run(transform, sums, 4, taps), direct);
      }),
    );
  });

  // C1 has no gradient for its inputs, the images.
  if (outputs === 5)
    test('the input gradient transform is the direct transposed convolution', () => {
      fc.assert(
        fc.property(vector(taps), vector(outputs), (g, dy) => {
          const direct = Array.from({ length: inputs }, (_, i) =>
            dy.reduce((sum, gradient, j) => sum + gradient * (g[i - j] ?? 0), 0),
          );
          const products = product(transformWeights(g), transformOutputGradient(dy));
          expectClose(run(parts.transformInputGradient5, products, line, inputs), direct);
        }),
      );
    });
});

test('F(5, 5) transforms the columns of five rows of weights as it does a row', () => {
  fc.assert(
    fc.property(vector(taps * taps), (weights) => {
      new Float32Array(memory.buffer, input, weights.length).set(weights);
      parts.transformWeightColumns5(table, input, output);
      const rows = new Float32Array(memory.buffer, output, 9 * line).slice();
      for (let column = 0; column < taps; column++) {
        const own = weights.filter((_, index) => index % taps === column);
        const expected = run(parts.transformWeights5, own, 1, 9);
        expect(expected.map((_, point) => rows[point * line + column])).toEqual(expected);
      }
    }),
  );
});
