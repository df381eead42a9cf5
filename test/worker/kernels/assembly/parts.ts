/** Parts of the kernels, exported one by one for their tests. Only the tests compile this entry. */
import { activate } from '../../../../src/worker/kernels/activation.ts';
import { writeConstants } from '../../../../src/worker/kernels/constants.ts';
import { exp2, log } from '../../../../src/worker/kernels/exponential.ts';
import { LINE } from '../../../../src/worker/kernels/scratch-layout.ts';
import * as f45 from '../../../../src/worker/kernels/toom-cook-4-5.ts';
import * as w45 from '../../../../src/worker/kernels/toom-cook-4-5-weights.ts';
import * as f55 from '../../../../src/worker/kernels/toom-cook-5-5.ts';
import * as i55 from '../../../../src/worker/kernels/toom-cook-5-5-inputs.ts';
import * as w55 from '../../../../src/worker/kernels/toom-cook-5-5-weights.ts';

export { activate, writeConstants };

/** 2^x in place, over `bytes` of float32. */
export function exp2Lines(table: usize, values: usize, bytes: usize): void {
  for (let at = values; at < values + bytes; at += 16) {
    v128.store(at, exp2(v128.load(at), table));
  }
}

/** ln x in place, over `bytes` of float32. */
export function logLines(values: usize, bytes: usize): void {
  for (let at = values; at < values + bytes; at += 16) v128.store(at, log(v128.load(at)));
}

// The transforms, one line an element; weights are five neighbouring float32, sums neighbouring float32x4.
export function transformInput4(table: usize, input: usize, out: usize): void {
  f45.transformInput(table, input, out, LINE);
}

export function transformProducts4(table: usize, products: usize, out: usize, start: f32): void {
  f45.transformProducts(table, products, LINE, out, f32x4.splat(start));
}

export function transformOutputGradient4(table: usize, gradient: usize, out: usize): void {
  f45.transformOutputGradient(table, gradient, out, LINE);
}

export function transformWeights4(table: usize, weights: usize, out: usize): void {
  w45.transformWeights(table, weights, out);
}

export function transformWeightGradient4(table: usize, sums: usize, out: usize): void {
  w45.transformWeightGradient(table, sums, out);
}

export function transformInput5(table: usize, input: usize, out: usize): void {
  i55.transformInput(table, input, LINE, out, LINE);
}

export function transformInputGradient5(table: usize, products: usize, out: usize): void {
  memory.copy(out, products, 9 * LINE);
  i55.transformInputGradient(table, out, LINE);
}

export function transformProducts5(table: usize, products: usize, out: usize, start: f32): void {
  f55.transformProducts(table, products, LINE, out, LINE, f32x4.splat(start));
}

export function transformOutputGradient5(table: usize, gradient: usize, out: usize): void {
  f55.transformOutputGradient(table, gradient, LINE, out, LINE);
}

export function transformWeights5(table: usize, weights: usize, out: usize): void {
  w55.transformWeights(table, weights, out);
}

export function transformWeightColumns5(table: usize, weights: usize, out: usize): void {
  w55.transformWeightColumns(table, weights, out);
}

export function transformWeightGradient5(table: usize, sums: usize, out: usize): void {
  w55.transformWeightGradient(table, sums, 16, out, LINE);
}
