/**
 * Where everything lies in a worker's scratch, as byte offsets from its start.
 *
 * A "line" is one value (a pixel, a feature, a point of a transformed tile) of a block of 16 samples: 16 float32, one
 * cache line. Brackets in the comments give the order of the axes, the last one varying fastest.
 */
export const SAMPLES_IN_BLOCK: usize = 16;
export const LINE: usize = 64;

/** C1: 28 rows and two of padding above and below; 7 tiles of 4 outputs a row, 8 points each (F(4,5)). */
export const C1_TILES: usize = 7;
export const C1_POINTS: usize = 8;
export const C1_POINT_BYTES: usize = C1_TILES * LINE;
export const C1_ROW_BYTES: usize = C1_POINTS * C1_POINT_BYTES;

/** C3: 14 input rows of 6 channels, 10 output rows of 16 channels; 2 tiles of 5 outputs along each axis, 9 points each (F(5,5)). */
export const C3_TILES: usize = 2;
export const C3_POINTS: usize = 9;

/** Constants (constants.ts, and transform-constants.ts to byte 608) and options of the kernels, and a black image for lanes without a sample. */
export const CONSTANTS: usize = 0;
export const OPTIONS: usize = CONSTANTS + 12 * LINE;
export const BLANK_IMAGE: usize = CONSTANTS + 16 * LINE;

/** Transformed weights: see first-convolution.ts and second-convolution.ts for the order of the axes. */
export const C1_WEIGHTS: usize = BLANK_IMAGE + 13 * LINE;
export const C1_BIAS: usize = C1_WEIGHTS + 15 * LINE;
export const C3_WEIGHTS: usize = C1_BIAS + LINE;
export const C3_BIAS: usize = C3_WEIGHTS + 486 * LINE;
export const C3_WEIGHTS_BACKWARD: usize = C3_BIAS + LINE;

/** Of the current block: uint32[16] addresses of the images, int32[16] labels (-1 without a sample), float32[16] losses, int32[16] predictions. */
export const IMAGE_ADDRESSES: usize = C3_WEIGHTS_BACKWARD + 486 * LINE;
export const BLOCK_LABELS: usize = IMAGE_ADDRESSES + LINE;
export const BLOCK_LOSSES: usize = BLOCK_LABELS + LINE;
export const BLOCK_PREDICTIONS: usize = BLOCK_LOSSES + LINE;

/** Buffers for one row. [padded column 32], [C1 channel][point][tile], [S2 channel][column 14], [C3 channel][point][tile]. */
export const IMAGE_ROW: usize = BLOCK_PREDICTIONS + LINE;
export const C1_PRODUCTS: usize = IMAGE_ROW + 32 * LINE;
export const S2_ROW: usize = C1_PRODUCTS + 6 * C1_ROW_BYTES;
export const C3_PRODUCTS: usize = S2_ROW + 6 * 14 * LINE;
/** Gradients with respect to pre-activations of one row: [C1 channel][column 28]. */
export const ROW_GRADIENT: usize = C3_PRODUCTS + 16 * C3_POINTS * C3_TILES * LINE;

/** [padded row 32][point][tile] */
export const C1_INPUT_TILES: usize = ROW_GRADIENT + 6 * 28 * LINE;
/** [row 28][channel 6][column 28] */
export const C1_ACTIVATIONS_ROW: usize = 6 * 28 * LINE;
export const C1_ACTIVATIONS: usize = C1_INPUT_TILES + 32 * C1_ROW_BYTES;
/** [channel 6][point][tile] */
export const C3_INPUT_ROW: usize = 6 * C3_POINTS * C3_TILES * LINE;
/**
 * Three buffers in one place, for one is done with before the next is written, and the caches are small: inputs transformed
 * along x, [row 14] of the above; gradients with respect to pre-activations, [row 10][channel 16][column 10]; and, which is
 * the largest, gradients of the inputs in the transform domain, [tile along y][point along y] of the above.
 */
export const C3_INPUT_ROWS: usize = C1_ACTIVATIONS + 28 * C1_ACTIVATIONS_ROW;
export const C3_GRADIENT: usize = C3_INPUT_ROWS;
export const C3_INPUT_GRADIENT_TILES: usize = C3_INPUT_ROWS;
/** [point along y][channel 6][point][tile along y][tile] */
export const C3_INPUT_POINT_ROW: usize = C3_TILES * C3_INPUT_ROW;
export const C3_INPUT_TILES: usize = C3_INPUT_GRADIENT_TILES + C3_TILES * C3_POINTS * C3_INPUT_ROW;
/** [row 10][channel 16][column 10] */
export const C3_ACTIVATIONS_ROW: usize = 16 * 10 * LINE;
export const C3_ACTIVATIONS: usize = C3_INPUT_TILES + C3_POINTS * C3_INPUT_POINT_ROW;
/** [tile along y][point along y][channel 16][column 10]; rows of an odd number of lines, to fall into different cache sets. */
export const C3_POINT_ROW: usize = C3_ACTIVATIONS_ROW + LINE;
export const C3_POINT_ROWS: usize = C3_ACTIVATIONS + 10 * C3_ACTIVATIONS_ROW;
/** Of one point along y: [channel 16][point][tile along y][tile] */
export const C3_GRADIENT_TILES: usize = C3_POINT_ROWS + C3_TILES * C3_POINTS * C3_POINT_ROW;

/** Dense layers, one line a feature: inputs (flattened channel, row, column), activations, and gradients. */
export const S4: usize = C3_GRADIENT_TILES + 16 * C3_POINTS * C3_TILES * C3_TILES * LINE;
export const C5: usize = S4 + 400 * LINE;
export const F6: usize = C5 + 120 * LINE;
export const LOGITS: usize = F6 + 84 * LINE;
export const S4_GRADIENT: usize = LOGITS + 10 * LINE;
export const C5_GRADIENT: usize = S4_GRADIENT + 400 * LINE;
export const F6_GRADIENT: usize = C5_GRADIENT + 120 * LINE;
export const LOGITS_GRADIENT: usize = F6_GRADIENT + 84 * LINE;

/** Sums over the micro-shard, four partial sums each: [channel][kernel row][point] and [channel]; [point along y][point][channel][input channel] and [channel]. */
export const C1_WEIGHT_SUMS: usize = LOGITS_GRADIENT + 10 * LINE;
export const C1_BIAS_SUMS: usize = C1_WEIGHT_SUMS + 6 * 5 * C1_POINTS * 16;
export const C3_WEIGHT_SUMS: usize = C1_BIAS_SUMS + 2 * LINE;
export const C3_BIAS_SUMS: usize = C3_WEIGHT_SUMS + C3_POINTS * C3_POINTS * 16 * 6 * 16;
export const SUMS_END: usize = C3_BIAS_SUMS + 4 * LINE;

/** Names of the block's samples, for what is drawn at random: uint32[16]. */
export const BLOCK_SAMPLES: usize = SUMS_END;
/** float32 multipliers of the dense layers' features (0 or 1 / (1 - dropout)), and the features times them. */
export const C5_KEPT: usize = BLOCK_SAMPLES + LINE;
export const F6_KEPT: usize = C5_KEPT + 120 * LINE;
export const C5_DROPPED: usize = F6_KEPT + 84 * LINE;
export const F6_DROPPED: usize = C5_DROPPED + 120 * LINE;
/**
 * Augmentation. Random words, [quad of samples][word 8][sample of the quad]; the block's images as augmented, uint8[16][28][28];
 * one image on its way there, uint8[30][32], with a margin of zeros.
 */
export const AUGMENTATION_WORDS: usize = F6_DROPPED + 84 * LINE;
export const AUGMENTED_IMAGES: usize = AUGMENTATION_WORDS + 8 * LINE;
export const MARGINED_IMAGE: usize = AUGMENTED_IMAGES + 16 * 784;

/**
 * Batch normalization. float32 mean, variance and 1 / √(variance + ε) of each channel; normalized pre-activations, and the
 * gradients of what follows from them, in the order of the activations.
 */
export const C1_STATISTICS: usize = MARGINED_IMAGE + 16 * LINE;
export const C3_STATISTICS: usize = C1_STATISTICS + 2 * LINE;
export const C1_NORMALIZED: usize = C3_STATISTICS + 3 * LINE;
export const C1_NORMALIZED_GRADIENT: usize = C1_NORMALIZED + 28 * C1_ACTIVATIONS_ROW;
export const C3_NORMALIZED: usize = C1_NORMALIZED_GRADIENT + 28 * C1_ACTIVATIONS_ROW;

/**
 * One record a sample of the micro-shard, with what the weight gradients of the dense layers want: [sample][feature].
 * An odd number of cache lines, so that the records of a block fall into different cache sets.
 */
export const RECORDS: usize = C3_NORMALIZED + 10 * C3_ACTIVATIONS_ROW;
export const RECORD_S4: usize = 0;
export const RECORD_C5: usize = RECORD_S4 + 400 * 4;
export const RECORD_F6: usize = RECORD_C5 + 120 * 4;
export const RECORD_C5_GRADIENT: usize = RECORD_F6 + 84 * 4;
export const RECORD_F6_GRADIENT: usize = RECORD_C5_GRADIENT + 120 * 4;
export const RECORD_LOGITS_GRADIENT: usize = RECORD_F6_GRADIENT + 84 * 4;
export const RECORD_BYTES: usize = 53 * LINE;

/** Bytes of scratch for micro-shards of up to `microBatch` samples. */
export function scratchBytes(microBatch: i32): i32 {
  const samples = (<usize>microBatch + SAMPLES_IN_BLOCK - 1) & ~(SAMPLES_IN_BLOCK - 1);
  return <i32>(RECORDS + samples * RECORD_BYTES);
}
