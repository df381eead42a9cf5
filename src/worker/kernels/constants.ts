/**
 * Constants of hot loops, kept in memory: V8 builds a splat of a literal anew in every iteration of a loop (three
 * instructions through a general register), while a splat load is a single one. An offset below stands for a constant.
 */
export const ONE: usize = 0;
export const QUARTER: usize = 4;
export const HALF: usize = 8;
export const TWO: usize = 12;
export const FOUR: usize = 16;
export const FIVE: usize = 20;
export const ONE_AND_QUARTER: usize = 24;
export const FOUR_AND_QUARTER: usize = 28;
export const FIVE_AND_QUARTER: usize = 32;
export const EIGHT: usize = 36;
export const EIGHTH: usize = 40;
export const SIXTEEN: usize = 44;
export const SIXTEENTH: usize = 48;
export const TWO_AND_HALF: usize = 52;
/** 1.5·2^23: adding it rounds a float32 of magnitude below 2^22 to an integer, which the low mantissa bits then hold. */
export const ROUNDING_MAGIC: usize = 56;
export const EXPONENT_LIMIT: usize = 60;
export const MINUS_EXPONENT_LIMIT: usize = 64;
/** Coefficients of 2^f: see exp2 in exponential.ts. */
export const EXP2_C1: usize = 68;
export const EXP2_C2: usize = 72;
export const EXP2_C3: usize = 76;
export const EXP2_C4: usize = 80;
export const EXP2_C5: usize = 84;
export const BYTE_SCALE: usize = 88;

export const LOG2_E: f32 = 1.4426950408889634;
export const LN_2: f32 = 0.6931471805599453;

/** Writes the table of constants to `at`. */
export function writeConstants(at: usize): void {
  store<f32>(at, 1, ONE);
  store<f32>(at, 0.25, QUARTER);
  store<f32>(at, 0.5, HALF);
  store<f32>(at, 2, TWO);
  store<f32>(at, 4, FOUR);
  store<f32>(at, 5, FIVE);
  store<f32>(at, 1.25, ONE_AND_QUARTER);
  store<f32>(at, 4.25, FOUR_AND_QUARTER);
  store<f32>(at, 5.25, FIVE_AND_QUARTER);
  store<f32>(at, 8, EIGHT);
  store<f32>(at, 0.125, EIGHTH);
  store<f32>(at, 16, SIXTEEN);
  store<f32>(at, 0.0625, SIXTEENTH);
  store<f32>(at, 2.5, TWO_AND_HALF);
  store<f32>(at, 12582912, ROUNDING_MAGIC);
  store<f32>(at, 126, EXPONENT_LIMIT);
  store<f32>(at, -126, MINUS_EXPONENT_LIMIT);
  store<f32>(at, 0.6931470036506653, EXP2_C1);
  store<f32>(at, 0.24022247102602803, EXP2_C2);
  store<f32>(at, 0.05550711675499919, EXP2_C3);
  store<f32>(at, 0.009671285755527266, EXP2_C4);
  store<f32>(at, 0.0013269211449197446, EXP2_C5);
  store<f32>(at, 1.0 / 255.0, BYTE_SCALE);
}

/** The constant in all four lanes. */
@inline
export function constant(constants: usize, which: usize): v128 {
  return v128.load_splat<f32>(constants + which);
}
