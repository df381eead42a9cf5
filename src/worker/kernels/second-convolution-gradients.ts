/** The way back through C3; see second-convolution.ts for the algorithm and the order of the tiles. */
import { accumulateProducts, sumLines } from './micro-kernels.ts';
import { CONV2_BIAS, CONV2_WEIGHT } from './parameter-layout.ts';
import {
  C3_ACTIVATIONS_ROW,
  C3_BIAS_SUMS,
  C3_GRADIENT,
  C3_GRADIENT_TILES,
  C3_INPUT_GRADIENT_TILES,
  C3_INPUT_POINT_ROW,
  C3_INPUT_ROW,
  C3_INPUT_TILES,
  C3_POINT_ROW,
  C3_POINT_ROWS,
  C3_POINTS,
  C3_PRODUCTS,
  C3_TILES,
  C3_WEIGHT_SUMS,
  C3_WEIGHTS_BACKWARD,
  CONSTANTS,
  LINE,
  S2_ROW,
} from './scratch-layout.ts';
import {
  ALL_TILES,
  CHANNELS,
  COLUMNS,
  INPUT_CHANNELS,
  INPUT_ROWS,
  multiplyPoints,
  OUTPUTS,
  POINT_WEIGHT_BYTES,
  ROW_OF_TILES,
  TAPS,
} from './second-convolution.ts';
import { transformOutputGradient } from './toom-cook-5-5.ts';
import { transformInputGradient } from './toom-cook-5-5-inputs.ts';
import { transformWeightGradient } from './toom-cook-5-5-weights.ts';
import { add, sumOfLanes, sumsOfLanes } from './vector.ts';

/** Where the point 1 stands among the points. */
const POINT_ONE: usize = 1;
/** Rows and columns of inputs that two neighbouring tiles have in common. */
const OVERLAP: usize = TAPS - 1;
/** Bytes of the weight sums of one point, [channel][input channel], four partial sums each. */
const POINT_SUM_BYTES: usize = CHANNELS * INPUT_CHANNELS * 16;

/** Transforms the gradients of five rows of outputs, [row][channel][column], along y into nine point rows, [channel][column]. */
export function transformGradientColumns(tileRow: usize, scratch: usize): void {
  const gradients = scratch + C3_GRADIENT + tileRow * OUTPUTS * C3_ACTIVATIONS_ROW;
  const out = scratch + C3_POINT_ROWS + tileRow * C3_POINTS * C3_POINT_ROW;
  for (let byte: usize = 0; byte < C3_ACTIVATIONS_ROW; byte += 16) {
    transformOutputGradient(
      scratch + CONSTANTS,
      gradients + byte,
      C3_ACTIVATIONS_ROW,
      out + byte,
      C3_POINT_ROW,
    );
  }
}

/** Transforms a point row along x, into the gradient tiles. */
export function transformPointRow(tileRow: usize, pointRow: usize, scratch: usize): void {
  for (let tile: usize = 0; tile < C3_TILES; tile++) {
    let gradient =
      scratch + C3_POINT_ROWS + (tileRow * C3_POINTS + pointRow) * C3_POINT_ROW + tile * OUTPUTS * LINE;
    let out = scratch + C3_GRADIENT_TILES + (tileRow * C3_TILES + tile) * LINE;
    for (let channel: usize = 0; channel < CHANNELS; channel++) {
      for (let lane: usize = 0; lane < LINE; lane += 16) {
        transformOutputGradient(
          scratch + CONSTANTS,
          gradient + lane,
          LINE,
          out + lane,
          C3_TILES * C3_TILES * LINE,
        );
      }
      gradient += COLUMNS * LINE;
      out += ALL_TILES;
    }
  }
}

/** A point row of the gradients of the inputs, in the transform domain: [channel][point][tile]. */
export function multiplyPointRowGradient(tileRow: usize, pointRow: usize, scratch: usize): void {
  multiplyPoints(
    scratch + C3_WEIGHTS_BACKWARD + pointRow * C3_POINTS * POINT_WEIGHT_BYTES,
    scratch + C3_GRADIENT_TILES + tileRow * C3_TILES * LINE,
    CHANNELS,
    scratch + C3_INPUT_GRADIENT_TILES + (tileRow * C3_POINTS + pointRow) * C3_INPUT_ROW,
    INPUT_CHANNELS,
  );
}

/**
 * From there back along y, in place: nine rows of gradients of inputs from each row of tiles. The two have four rows in common,
 * which are added up where the first has them.
 */
export function finishGradientColumns(scratch: usize): void {
  const first = scratch + C3_INPUT_GRADIENT_TILES;
  const second = first + C3_POINTS * C3_INPUT_ROW;
  for (let byte: usize = 0; byte < C3_INPUT_ROW; byte += 16) {
    transformInputGradient(scratch + CONSTANTS, first + byte, C3_INPUT_ROW);
    transformInputGradient(scratch + CONSTANTS, second + byte, C3_INPUT_ROW);
  }
  const common = first + OUTPUTS * C3_INPUT_ROW;
  for (let byte: usize = 0; byte < OVERLAP * C3_INPUT_ROW; byte += 16) {
    v128.store(common + byte, add(v128.load(common + byte), v128.load(second + byte)));
  }
}

/** From there to the gradient of pooled row `row`, [channel][column 14]; the two tiles have four columns in common, too. */
export function finishRowGradient(row: usize, scratch: usize): void {
  const source = row < C3_POINTS ? row : row + OVERLAP;
  let left = scratch + C3_INPUT_GRADIENT_TILES + source * C3_INPUT_ROW;
  let out = scratch + S2_ROW;
  for (let channel: usize = 0; channel < INPUT_CHANNELS; channel++) {
    const right = left + LINE;
    transposeTile(left, scratch);
    transposeTile(right, scratch);
    copyLines(left, out, OUTPUTS);
    addLines(left + OUTPUTS * C3_TILES * LINE, right, out + OUTPUTS * LINE, OVERLAP);
    copyLines(right + OVERLAP * C3_TILES * LINE, out + C3_POINTS * LINE, OUTPUTS);
    left += ROW_OF_TILES;
    out += INPUT_ROWS * LINE;
  }
}

/** Copies lines of one tile; the other's lie in between. */
@inline
function copyLines(tile: usize, out: usize, count: usize): void {
  for (let line: usize = 0; line < count; line++) {
    memory.copy(out + line * LINE, tile + line * C3_TILES * LINE, LINE);
  }
}

/** Sums of two tiles' lines, likewise. */
@inline
function addLines(left: usize, right: usize, out: usize, count: usize): void {
  for (let line: usize = 0; line < count; line++) {
    for (let lane: usize = 0; lane < LINE; lane += 16) {
      const at = line * C3_TILES * LINE + lane;
      v128.store(out + line * LINE + lane, add(v128.load(left + at), v128.load(right + at)));
    }
  }
}

function transposeTile(tile: usize, scratch: usize): void {
  for (let lane: usize = 0; lane < LINE; lane += 16) {
    transformInputGradient(scratch + CONSTANTS, tile + lane, C3_TILES * LINE);
  }
}

/** Adds the block's share to the sums of the weights' gradients: four output channels and two input channels at a time. */
export function accumulateWeightGradients(pointRow: usize, scratch: usize): void {
  let gradients = scratch + C3_GRADIENT_TILES;
  let inputs = scratch + C3_INPUT_TILES + pointRow * C3_INPUT_POINT_ROW;
  let sums = scratch + C3_WEIGHT_SUMS + pointRow * C3_POINTS * POINT_SUM_BYTES;
  for (let point: usize = 0; point < C3_POINTS; point++) {
    for (let channel: usize = 0; channel < CHANNELS; channel += 4) {
      for (let input: usize = 0; input < INPUT_CHANNELS; input += 2) {
        accumulateProducts(
          gradients + channel * ALL_TILES,
          ALL_TILES,
          inputs + input * ALL_TILES,
          ALL_TILES,
          C3_TILES * C3_TILES * LINE,
          sums + (channel * INPUT_CHANNELS + input) * 16,
          INPUT_CHANNELS * 16,
          16,
        );
      }
    }
    gradients += C3_TILES * C3_TILES * LINE;
    inputs += C3_TILES * C3_TILES * LINE;
    sums += POINT_SUM_BYTES;
  }
}

/** Adds the block's gradients to the sums of the biases' gradients: in the point row of 1, at the point 1, a tile's are added up already. */
export function accumulateBiasGradients(pointRow: usize, scratch: usize): void {
  if (pointRow != POINT_ONE) return;
  for (let channel: usize = 0; channel < CHANNELS; channel++) {
    const sums = scratch + C3_BIAS_SUMS + 16 * channel;
    const gradients =
      scratch + C3_GRADIENT_TILES + channel * ALL_TILES + POINT_ONE * C3_TILES * C3_TILES * LINE;
    v128.store(sums, add(v128.load(sums), sumLines(gradients, C3_TILES * C3_TILES)));
  }
}

/** From the sums over the micro-shard to the gradients of weights and biases. */
export function finishGradients(gradients: usize, scratch: usize): void {
  const points = scratch + C3_PRODUCTS;
  const rows = points + C3_POINTS * C3_POINTS * 16;
  for (let first: usize = 0; first < CHANNELS * INPUT_CHANNELS; first += 4) {
    const sums = scratch + C3_WEIGHT_SUMS + first * 16;
    for (let point: usize = 0; point < C3_POINTS * C3_POINTS; point++) {
      const s = sums + point * POINT_SUM_BYTES;
      v128.store(
        points + point * 16,
        sumsOfLanes(v128.load(s), v128.load(s, 16), v128.load(s, 32), v128.load(s, 48)),
      );
    }
    for (let pointRow: usize = 0; pointRow < C3_POINTS; pointRow++) {
      transformWeightGradient(
        scratch + CONSTANTS,
        points + pointRow * C3_POINTS * 16,
        16,
        rows + pointRow * TAPS * 16,
        16,
      );
    }
    for (let tap: usize = 0; tap < TAPS; tap++) {
      transformWeightGradient(scratch + CONSTANTS, rows + tap * 16, TAPS * 16, points + tap * 16, TAPS * 16);
    }
    let out = gradients + CONV2_WEIGHT + first * TAPS * TAPS * 4;
    for (let lane: usize = 0; lane < 4; lane++) {
      for (let tap: usize = 0; tap < TAPS * TAPS; tap++) {
        store<f32>(out, load<f32>(points + tap * 16 + lane * 4));
        out += 4;
      }
    }
  }
  for (let channel: usize = 0; channel < CHANNELS; channel++) {
    store<f32>(
      gradients + CONV2_BIAS + 4 * channel,
      sumOfLanes(v128.load(scratch + C3_BIAS_SUMS + 16 * channel)),
    );
  }
}
