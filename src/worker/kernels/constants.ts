/**
 * Constants of hot loops, kept in memory: V8 builds a splat of a literal anew in every iteration of a loop (three
 * instructions through a general register), while a splat load is a single one. An offset below stands for a constant.
 */
import { writeTransformConstants } from './transform-constants.ts';

export const ONE: usize = 0;
/** 1.5·2^23: adding it rounds a float32 of magnitude below 2^22 to an integer, which the low mantissa bits then hold. */
export const ROUNDING_MAGIC: usize = 4;
export const EXPONENT_LIMIT: usize = 8;
export const MINUS_EXPONENT_LIMIT: usize = 12;
/** Coefficients of tanh(f · ln 2 / 2), of f, f³ and f⁵: see halfTangent in exponential.ts. */
export const TANGENT_1: usize = 16;
export const TANGENT_3: usize = 20;
export const TANGENT_5: usize = 24;
export const BYTE_SCALE: usize = 28;

export const LOG2_E: f32 = 1.4426950408889634;
export const LN_2: f32 = 0.6931471805599453;

/** Writes the table of constants to `at`. */
export function writeConstants(at: usize): void {
  store<f32>(at, 1, ONE);
  store<f32>(at, 12582912, ROUNDING_MAGIC);
  store<f32>(at, 126, EXPONENT_LIMIT);
  store<f32>(at, -126, MINUS_EXPONENT_LIMIT);
  store<f32>(at, 0.34657353162765503, TANGENT_1);
  store<f32>(at, -0.013874283991754055, TANGENT_3);
  store<f32>(at, 0.0006526929209940135, TANGENT_5);
  store<f32>(at, 1.0 / 255.0, BYTE_SCALE);
  writeTransformConstants(at);
}

/** The constant in all four lanes. */
@inline
export function constant(constants: usize, which: usize): v128 {
  return v128.load_splat<f32>(constants + which);
}
