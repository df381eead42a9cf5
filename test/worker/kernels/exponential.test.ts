import { beforeAll, describe, expect, test } from 'vitest';
import { compileKernels, instantiate } from './kernel-harness.ts';

interface Parts {
  writeConstants(at: number): void;
  /** In place, on the argument times `preactivationScale`. @param kind 0 sigmoid, 1 tanh, 2 relu */
  activate(kind: number, constants: number, values: number, bytes: number): void;
  exp2Lines(constants: number, values: number, bytes: number): void;
  logLines(values: number, bytes: number): void;
}

const table = 1 << 16;
const values = table + 1024;
const count = 1 << 16;

let parts: Parts;
let memory: WebAssembly.Memory;
beforeAll(async () => {
  memory = new WebAssembly.Memory({ initial: 16, maximum: 65536, shared: true });
  parts = instantiate<Parts>(await compileKernels('test/worker/kernels/assembly/parts.ts'), memory);
  parts.writeConstants(table);
});

function run(inputs: Float32Array, compute: (bytes: number) => void): Float32Array {
  const buffer = new Float32Array(memory.buffer, values, inputs.length);
  buffer.set(inputs);
  compute(inputs.byteLength);
  return buffer.slice();
}

const exp2 = (inputs: Float32Array) => run(inputs, (bytes) => parts.exp2Lines(table, values, bytes));
const log = (inputs: Float32Array) => run(inputs, (bytes) => parts.logLines(values, bytes));
/** Takes whole lines: fewer values are given again and again until there is one, and what comes of them must be so, too. */
function activate(kind: number, inputs: Float32Array): Float32Array {
  const filled = Float32Array.from(
    { length: Math.max(16, inputs.length) },
    (_, index) => inputs[index % inputs.length] as number,
  );
  const outputs = run(filled, (bytes) => parts.activate(kind, table, values, bytes));
  expect(outputs).toEqual(outputs.map((_, index) => outputs[index % inputs.length] as number));
  return outputs.subarray(0, inputs.length);
}
const sigmoid = 0;
const tanh = 1;
const relu = 2;

/** `count` float32 values, evenly spaced. */
const grid = (from: number, to: number) =>
  Float32Array.from({ length: count }, (_, index) => from + ((to - from) * index) / (count - 1));

function largest(inputs: Float32Array, error: (input: number, index: number) => number): number {
  return inputs.reduce((worst, input, index) => Math.max(worst, error(input, index)), 0);
}

describe('exp2', () => {
  test('has a relative error below 2e-7 from -126 to 126', () => {
    const inputs = grid(-126, 126);
    const actual = exp2(inputs);
    expect(largest(inputs, (x, index) => Math.abs((actual[index] as number) / 2 ** x - 1))).toBeLessThan(
      2e-7,
    );
  });

  test('keeps to its limits beyond them, and hands NaN on', () => {
    const [low, lowest, high, nan] = exp2(Float32Array.of(-127, -Infinity, Infinity, Number.NaN));
    expect(low).toBe(exp2(Float32Array.of(-126, 0, 0, 0))[0]);
    expect(lowest).toBe(low);
    expect(high).toBe(exp2(Float32Array.of(126, 0, 0, 0))[0]);
    expect(nan).toBeNaN();
  });
});

describe('log', () => {
  test('has an error below 1.2e-7, absolute up to e and relative beyond', () => {
    for (const inputs of [grid(1, 10), grid(0.01, 2), grid(1, 1e30)]) {
      const actual = log(inputs);
      const error = (x: number, index: number) =>
        Math.abs((actual[index] as number) - Math.log(x)) / Math.max(1, Math.abs(Math.log(x)));
      expect(largest(inputs, error)).toBeLessThan(1.2e-7);
    }
  });

  test('hands infinity and NaN on', () => {
    const [infinity, nan] = log(Float32Array.of(Infinity, Number.NaN, 1, 1));
    expect(infinity).toBe(Infinity);
    expect(nan).toBeNaN();
  });
});

describe('activate', () => {
  test('is the sigmoid with a relative error below 3e-7', () => {
    const scaled = grid(-80, 80);
    const actual = activate(sigmoid, scaled);
    const error = (x: number, index: number) => Math.abs((actual[index] as number) * (1 + 2 ** x) - 1);
    expect(largest(scaled, error)).toBeLessThan(3e-7);
  });

  test('saturates without overflow, and hands NaN on', () => {
    const [zero, one, nan] = activate(sigmoid, Float32Array.of(1e30, -1e30, Number.NaN, 0));
    expect(zero).toBeGreaterThanOrEqual(0);
    expect(zero).toBeLessThan(1e-37);
    expect(one).toBe(1);
    expect(nan).toBeNaN();
  });

  test('is the hyperbolic tangent with an absolute error below 2e-7', () => {
    const inputs = grid(-10, 10);
    const actual = activate(
      tanh,
      inputs.map((x) => 2 * Math.LOG2E * x),
    );
    expect(largest(inputs, (x, index) => Math.abs((actual[index] as number) - Math.tanh(x)))).toBeLessThan(
      2e-7,
    );
    const [one, minusOne, nan] = activate(tanh, Float32Array.of(1e30, -1e30, Number.NaN, 0));
    expect([one, minusOne, nan]).toEqual([1, -1, Number.NaN]);
  });

  test('is the rectifier to the bit, and hands NaN on', () => {
    const [below, zero, above, nan] = activate(relu, Float32Array.of(-3, 0, 0.7, Number.NaN));
    expect([below, zero, above, nan]).toEqual([0, 0, Math.fround(0.7), Number.NaN]);
  });
});
