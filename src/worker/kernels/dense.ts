/** Dense layers: weights [output][input] as PyTorch has them, activations and gradients one line a feature. */
import { multiplyLines } from './micro-kernels.ts';
import { LINE, RECORD_BYTES } from './scratch-layout.ts';
import { add, mul, zero } from './vector.ts';

/** Pre-activations of all outputs: bias + weights · x. */
export function denseForward(
  weights: usize,
  bias: usize,
  x: usize,
  out: usize,
  inputs: usize,
  outputs: usize,
): void {
  const rowBytes: usize = 4 * inputs;
  for (let output: usize = 0; output < outputs; output += 2) {
    const start0 = v128.load_splat<f32>(bias);
    const start1 = v128.load_splat<f32>(bias, 4);
    multiplyLines(weights, rowBytes, 4, x, LINE, inputs, start0, start1, out, out + LINE);
    weights += 2 * rowBytes;
    bias += 8;
    out += 2 * LINE;
  }
}

/** Gradients of all inputs: weightsᵀ · gradient. */
export function denseInputGradient(
  weights: usize,
  gradient: usize,
  out: usize,
  inputs: usize,
  outputs: usize,
): void {
  const none = zero();
  for (let input: usize = 0; input < inputs; input += 2) {
    multiplyLines(weights, 4, 4 * inputs, gradient, LINE, outputs, none, none, out, out + LINE);
    weights += 8;
    out += 2 * LINE;
  }
}

/**
 * Gradients of the weights, [output][input]: Σ over the samples of gradient[output] · x[input], both out of records that
 * hold one sample each. The last 16 inputs may overlap those before; they are computed twice, with the same result.
 * @param x `inputs` float32 in the first record
 * @param gradient `outputs` float32 in the first record
 */
export function denseWeightGradient(
  x: usize,
  gradient: usize,
  samples: usize,
  out: usize,
  inputs: usize,
  outputs: usize,
): void {
  const none = zero();
  const rowBytes: usize = 4 * inputs;
  const lastTile = rowBytes - LINE;
  for (let output: usize = 0; output < outputs; output += 2) {
    let tile: usize = 0;
    while (true) {
      const row = out + tile;
      multiplyLines(
        gradient,
        4,
        RECORD_BYTES,
        x + tile,
        RECORD_BYTES,
        samples,
        none,
        none,
        row,
        row + rowBytes,
      );
      if (tile == lastTile) break;
      tile = min(tile + LINE, lastTile);
    }
    gradient += 8;
    out += 2 * rowBytes;
  }
}

/** Gradients of the biases: the sums of the gradients over the records; the last four may overlap those before. */
export function denseBiasGradient(gradient: usize, samples: usize, out: usize, outputs: usize): void {
  const last: usize = 4 * outputs - 16;
  let output: usize = 0;
  while (true) {
    let sum = zero();
    for (let sample: usize = 0; sample < samples; sample++) {
      sum = add(sum, v128.load(gradient + output + sample * RECORD_BYTES));
    }
    v128.store(out + output, sum);
    if (output == last) break;
    output = min(output + 16, last);
  }
}

/** Multiplies `features` lines by a scalar, in place. */
export function scaleLines(lines: usize, features: usize, factor: f32): void {
  const factors = f32x4.splat(factor);
  const end = lines + features * LINE;
  while (lines < end) {
    v128.store(lines, mul(factors, v128.load(lines)));
    lines += 16;
  }
}

/** Copies `features` lines into the block's 16 records: from [feature][sample] to [sample][feature]. */
export function linesToRecords(lines: usize, features: usize, record: usize): void {
  let feature: usize = 0;
  const last = features - 4;
  while (true) {
    for (let quad: usize = 0; quad < 4; quad++) {
      transposeFour(lines + feature * LINE + 16 * quad, record + 4 * feature + 4 * quad * RECORD_BYTES);
    }
    if (feature == last) break;
    feature = min(feature + 4, last);
  }
}

/** Four features of four samples. */
@inline
function transposeFour(from: usize, to: usize): void {
  const row0 = v128.load(from);
  const row1 = v128.load(from, LINE);
  const row2 = v128.load(from, 2 * LINE);
  const row3 = v128.load(from, 3 * LINE);
  const low01 = i32x4.shuffle(row0, row1, 0, 4, 1, 5);
  const high01 = i32x4.shuffle(row0, row1, 2, 6, 3, 7);
  const low23 = i32x4.shuffle(row2, row3, 0, 4, 1, 5);
  const high23 = i32x4.shuffle(row2, row3, 2, 6, 3, 7);
  v128.store(to, i64x2.shuffle(low01, low23, 0, 2));
  v128.store(to + RECORD_BYTES, i64x2.shuffle(low01, low23, 1, 3));
  v128.store(to + 2 * RECORD_BYTES, i64x2.shuffle(high01, high23, 0, 2));
  v128.store(to + 3 * RECORD_BYTES, i64x2.shuffle(high01, high23, 1, 3));
}
