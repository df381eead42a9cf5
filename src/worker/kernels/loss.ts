/** Softmax and cross-entropy over the ten logits of a block of samples. */
import { LOG2_E } from './constants.ts';
import { exp2, log } from './exponential.ts';
import { CLASSES } from './layer-shapes.ts';
import {
  BLOCK_LABELS,
  BLOCK_LOSSES,
  BLOCK_PREDICTIONS,
  CONSTANTS,
  LINE,
  LOGITS,
  LOGITS_GRADIENT,
  SAMPLES_IN_BLOCK,
} from './scratch-layout.ts';
import { add, mul, sub, zero } from './vector.ts';

/**
 * Loss, prediction and gradient of the logits for each lane. With the largest logit M and s = Σ exp(logit - M), which
 * cannot overflow: loss = ln s - (logit of the label - M), gradient = exp(logit - M) / s - [class = label]. A lane
 * without a sample (label -1) gets the gradient 0 whatever its logits.
 * @param smoothing share of the target that is spread over all classes (Szegedy et al. 2016), 0 to 1
 */
export function softmaxCrossEntropy(smoothing: f32, scratch: usize): void {
  const spread = f32x4.splat(smoothing / <f32>CLASSES);
  const certain = f32x4.splat(1 - smoothing);
  for (let lane: usize = 0; lane < LINE; lane += 16) {
    const logits = scratch + LOGITS + lane;
    const gradients = scratch + LOGITS_GRADIENT + lane;
    const labels = v128.load(scratch + BLOCK_LABELS + lane);

    let largest = v128.load(logits);
    let prediction = zero();
    for (let k: usize = 1; k < CLASSES; k++) {
      const logit = v128.load(logits + k * LINE);
      const larger = f32x4.lt(largest, logit);
      largest = v128.bitselect(logit, largest, larger);
      prediction = v128.bitselect(i32x4.splat(<i32>k), prediction, larger);
    }

    let sum = zero();
    let ofLabel = zero();
    let ofAll = zero();
    for (let k: usize = 0; k < CLASSES; k++) {
      const difference = sub(v128.load(logits + k * LINE), largest);
      ofLabel = v128.bitselect(difference, ofLabel, i32x4.eq(labels, i32x4.splat(<i32>k)));
      ofAll = add(ofAll, difference);
      const power = exp2(mul(difference, f32x4.splat(LOG2_E)), scratch + CONSTANTS);
      sum = add(sum, power);
      v128.store(gradients + k * LINE, power);
    }

    const hasSample = i32x4.ge_s(labels, zero());
    const scale = f32x4.div(f32x4.splat(1), sum);
    for (let k: usize = 0; k < CLASSES; k++) {
      const target = add(spread, v128.and(certain, i32x4.eq(labels, i32x4.splat(<i32>k))));
      const gradient = sub(mul(v128.load(gradients + k * LINE), scale), target);
      v128.store(gradients + k * LINE, v128.and(gradient, hasSample));
    }
    // Without smoothing, an infinite logit of another class must not turn the loss into NaN.
    if (smoothing > 0) ofLabel = add(mul(certain, ofLabel), mul(spread, ofAll));
    v128.store(scratch + BLOCK_LOSSES + lane, sub(log(sum), ofLabel));
    v128.store(scratch + BLOCK_PREDICTIONS + lane, prediction);
  }
}

/** Adds the block's losses, in sample order, and its correct predictions to `shardResult`: float64, int32. */
export function addToResult(shardResult: usize, count: usize, scratch: usize): void {
  let lossSum = load<f64>(shardResult);
  let correct = load<i32>(shardResult, 8);
  for (let lane: usize = 0; lane < min(count, SAMPLES_IN_BLOCK); lane++) {
    const at = scratch + 4 * lane;
    lossSum += <f64>load<f32>(at, BLOCK_LOSSES);
    correct += i32(load<i32>(at, BLOCK_PREDICTIONS) == load<i32>(at, BLOCK_LABELS));
  }
  store<f64>(shardResult, lossSum);
  store<i32>(shardResult, correct, 8);
}

/** Writes the block's predictions, uint8 each. */
export function storePredictions(predictions: usize, count: usize, scratch: usize): void {
  for (let lane: usize = 0; lane < min(count, SAMPLES_IN_BLOCK); lane++) {
    store<u8>(predictions + lane, <u8>load<i32>(scratch + 4 * lane, BLOCK_PREDICTIONS));
  }
}
