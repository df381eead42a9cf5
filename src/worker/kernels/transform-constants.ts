/**
 * Constants of the Toom-Cook transforms, a whole float32x4 each: unlike that of a splat load, V8 folds the offset of a plain
 * load into the instruction that loads. An offset below stands for a constant; the table follows the scalars of constants.ts.
 */
const TABLE: usize = 64;

export const EIGHTH: usize = TABLE;
export const SIXTEENTH: usize = TABLE + 16;
export const QUARTER: usize = TABLE + 32;
export const HALF: usize = TABLE + 48;
export const ONE_AND_QUARTER: usize = TABLE + 64;
export const ONE_AND_HALF: usize = TABLE + 80;
export const TWO: usize = TABLE + 96;
export const TWO_AND_QUARTER: usize = TABLE + 112;
export const CUBE_OF_ONE_AND_HALF: usize = TABLE + 128;
export const FOUR: usize = TABLE + 144;
export const FOUR_AND_QUARTER: usize = TABLE + 160;
export const FIVE: usize = TABLE + 176;
export const FOURTH_POWER_OF_ONE_AND_HALF: usize = TABLE + 192;
export const FIVE_AND_QUARTER: usize = TABLE + 208;
export const EIGHT: usize = TABLE + 224;
export const SIXTEEN: usize = TABLE + 240;
export const SIXTY_FOUR: usize = TABLE + 256;
export const FOURTH_POWER_OF_FOUR: usize = TABLE + 272;
/** Coefficients of F(5, 5)'s polynomial P(x) / x: of x⁰, x², x⁴ and x⁶. */
export const P_0: usize = TABLE + 288;
export const P_2: usize = TABLE + 304;
export const P_4: usize = TABLE + 320;
export const P_6: usize = TABLE + 336;
/** Coefficients of its Q for the pairs ±1, ±½, ±1½ and ±4: of x⁰, x² and x⁴. */
export const Q_ONE_0: usize = TABLE + 352;
export const Q_ONE_2: usize = TABLE + 368;
export const Q_ONE_4: usize = TABLE + 384;
export const Q_HALF_0: usize = TABLE + 400;
export const Q_HALF_2: usize = TABLE + 416;
export const Q_HALF_4: usize = TABLE + 432;
export const Q_ONE_AND_HALF_0: usize = TABLE + 448;
export const Q_ONE_AND_HALF_2: usize = TABLE + 464;
export const Q_ONE_AND_HALF_4: usize = TABLE + 480;
export const Q_FOUR_0: usize = TABLE + 496;
export const Q_FOUR_2: usize = TABLE + 512;
export const Q_FOUR_4: usize = TABLE + 528;

/** Writes the constants into the table that starts at `constants`. */
export function writeTransformConstants(constants: usize): void {
  put(constants + EIGHTH, 0.125);
  put(constants + SIXTEENTH, 0.0625);
  put(constants + QUARTER, 0.25);
  put(constants + HALF, 0.5);
  put(constants + ONE_AND_QUARTER, 1.25);
  put(constants + ONE_AND_HALF, 1.5);
  put(constants + TWO, 2);
  put(constants + TWO_AND_QUARTER, 2.25);
  put(constants + CUBE_OF_ONE_AND_HALF, 3.375);
  put(constants + FOUR, 4);
  put(constants + FOUR_AND_QUARTER, 4.25);
  put(constants + FIVE, 5);
  put(constants + FOURTH_POWER_OF_ONE_AND_HALF, 5.0625);
  put(constants + FIVE_AND_QUARTER, 5.25);
  put(constants + EIGHT, 8);
  put(constants + SIXTEEN, 16);
  put(constants + SIXTY_FOUR, 64);
  put(constants + FOURTH_POWER_OF_FOUR, 256);
  put(constants + P_0, 9);
  put(constants + P_2, -49.5625);
  put(constants + P_4, 59.0625);
  put(constants + P_6, -19.5);
  put(constants + Q_ONE_0, -9);
  put(constants + Q_ONE_2, 40.5625);
  put(constants + Q_ONE_4, -18.5);
  put(constants + Q_HALF_0, -36);
  put(constants + Q_HALF_2, 54.25);
  put(constants + Q_HALF_4, -19.25);
  put(constants + Q_ONE_AND_HALF_0, -4);
  put(constants + Q_ONE_AND_HALF_2, 20.25);
  put(constants + Q_ONE_AND_HALF_4, -17.25);
  put(constants + Q_FOUR_0, -0.5625);
  put(constants + Q_FOUR_2, 3.0625);
  put(constants + Q_FOUR_4, -3.5);
}

function put(at: usize, value: f32): void {
  v128.store(at, f32x4.splat(value));
}
