/** Average pooling 2×2, stride 2, one pooled row of all channels at a time. One line a value. */
import { activationGradient } from './activation.ts';
import { constant, ONE, QUARTER } from './constants.ts';
import { LINE } from './scratch-layout.ts';
import { add, mul } from './vector.ts';

/**
 * @param upper the upper row of activations, [channel][2 · columns]; the lower row lies `rowBytes` behind it
 * @param out [channel][columns], the channels `outStride` bytes apart
 */
export function poolRows(
  constants: usize,
  upper: usize,
  rowBytes: usize,
  out: usize,
  outStride: usize,
  channels: usize,
  columns: usize,
): void {
  const quarter = constant(constants, QUARTER);
  for (let channel: usize = 0; channel < channels; channel++) {
    let pooled = out + channel * outStride;
    for (let column: usize = 0; column < columns; column++) {
      const lower = upper + rowBytes;
      for (let lane: usize = 0; lane < LINE; lane += 16) {
        const above = add(v128.load(upper + lane), v128.load(upper + lane, LINE));
        const below = add(v128.load(lower + lane), v128.load(lower + lane, LINE));
        v128.store(pooled + lane, mul(quarter, add(above, below)));
      }
      upper += 2 * LINE;
      pooled += LINE;
    }
  }
}

/**
 * Back through the pooling and the activation before it, for one row of activations.
 * @param gradient gradient of the pooled row, [channel][columns], the channels `gradientStride` bytes apart
 * @param activations [channel][2 · columns]
 * @param out gradient with respect to the pre-activations, [channel][2 · columns]
 */
export function unpoolRow(
  constants: usize,
  gradient: usize,
  gradientStride: usize,
  activations: usize,
  out: usize,
  channels: usize,
  columns: usize,
): void {
  const quarter = constant(constants, QUARTER);
  const one = constant(constants, ONE);
  for (let channel: usize = 0; channel < channels; channel++) {
    let pooled = gradient + channel * gradientStride;
    for (let column: usize = 0; column < columns; column++) {
      for (let lane: usize = 0; lane < LINE; lane += 16) {
        const share = mul(quarter, v128.load(pooled + lane));
        v128.store(out + lane, activationGradient(share, v128.load(activations + lane), one));
        v128.store(out + lane, activationGradient(share, v128.load(activations + lane, LINE), one), LINE);
      }
      pooled += LINE;
      activations += 2 * LINE;
      out += 2 * LINE;
    }
  }
}
