/** Average pooling 2×2, stride 2, of two rows of a channel at a time. Everything in lines. */
import { activationGradient } from './activation.ts';
import { constant, ONE, QUARTER } from './constants.ts';
import { LINE } from './scratch-layout.ts';
import { add, mul } from './vector.ts';

/**
 * @param upper one channel's row of activations, 2 · `columns` lines; the row below it at `lower`
 * @param out `columns` lines
 */
@inline
export function poolRows(constants: usize, upper: usize, lower: usize, out: usize, columns: usize): void {
  const quarter = constant(constants, QUARTER);
  for (let column: usize = 0; column < columns; column++) {
    for (let lane: usize = 0; lane < LINE; lane += 16) {
      const above = add(v128.load(upper + lane), v128.load(upper + lane, LINE));
      const below = add(v128.load(lower + lane), v128.load(lower + lane, LINE));
      v128.store(out + lane, mul(quarter, add(above, below)));
    }
    upper += 2 * LINE;
    lower += 2 * LINE;
    out += LINE;
  }
}

/**
 * Back through the pooling and the activation before it, for one row of a channel.
 * @param gradient `columns` lines: gradient of the pooled row
 * @param activations 2 · `columns` lines
 * @param out 2 · `columns` lines: gradient with respect to the pre-activations
 */
@inline
export function unpoolRow(
  constants: usize,
  gradient: usize,
  activations: usize,
  out: usize,
  columns: usize,
): void {
  const quarter = constant(constants, QUARTER);
  const one = constant(constants, ONE);
  for (let column: usize = 0; column < columns; column++) {
    for (let lane: usize = 0; lane < LINE; lane += 16) {
      const share = mul(quarter, v128.load(gradient + lane));
      v128.store(out + lane, activationGradient(share, v128.load(activations + lane), one));
      v128.store(out + lane, activationGradient(share, v128.load(activations + lane, LINE), one), LINE);
    }
    gradient += LINE;
    activations += 2 * LINE;
    out += 2 * LINE;
  }
}
