import { BYTE_SCALE, constant } from './constants.ts';
import {
  BLANK_IMAGE,
  BLOCK_LABELS,
  BLOCK_SAMPLES,
  CONSTANTS,
  IMAGE_ADDRESSES,
  IMAGE_ROW,
  LINE,
  SAMPLES_IN_BLOCK,
} from './scratch-layout.ts';
import { mul } from './vector.ts';

export const IMAGE_BYTES: usize = 784;
export const COLUMNS: usize = 28;
const PADDING: usize = 2;

/** Sets to zero what no image overwrites: the black image, and the padding on both sides of the row buffer. */
export function clearImagePadding(scratch: usize): void {
  memory.fill(scratch + BLANK_IMAGE, 0, IMAGE_BYTES);
  memory.fill(scratch + IMAGE_ROW, 0, (COLUMNS + 2 * PADDING) * LINE);
}

/**
 * Notes where the block's images lie, its labels, and its samples' names; a lane without a sample gets the black image and the
 * label -1.
 * @param names uint32[count]: what is drawn at random for a sample is a function of its name
 */
export function openBlock(
  images: usize,
  labels: usize,
  indices: usize,
  names: usize,
  count: usize,
  scratch: usize,
): void {
  for (let lane: usize = 0; lane < SAMPLES_IN_BLOCK; lane++) {
    let address = scratch + BLANK_IMAGE;
    let label: i32 = -1;
    let name: u32 = 0;
    if (lane < count) {
      const index = <usize>load<u32>(indices + 4 * lane);
      address = images + index * IMAGE_BYTES;
      label = load<u8>(labels + index);
      name = load<u32>(names + 4 * lane);
    }
    store<usize>(scratch + 4 * lane, address, IMAGE_ADDRESSES);
    store<i32>(scratch + 4 * lane, label, BLOCK_LABELS);
    store<u32>(scratch + 4 * lane, name, BLOCK_SAMPLES);
  }
}

/** Row `row` of the block's images, scaled to [0, 1], into the padded row buffer: one line a pixel. */
export function loadImageRow(row: usize, scratch: usize): void {
  const scale = constant(scratch + CONSTANTS, BYTE_SCALE);
  for (let quad: usize = 0; quad < 4; quad++) {
    const addresses = scratch + IMAGE_ADDRESSES + 16 * quad;
    const image0 = load<usize>(addresses) + row * COLUMNS;
    const image1 = load<usize>(addresses, 4) + row * COLUMNS;
    const image2 = load<usize>(addresses, 8) + row * COLUMNS;
    const image3 = load<usize>(addresses, 12) + row * COLUMNS;
    let out = scratch + IMAGE_ROW + PADDING * LINE + 16 * quad;
    for (let column: usize = 0; column < COLUMNS; column += 4) {
      let pixels = i32x4.splat(load<i32>(image0 + column));
      pixels = i32x4.replace_lane(pixels, 1, load<i32>(image1 + column));
      pixels = i32x4.replace_lane(pixels, 2, load<i32>(image2 + column));
      pixels = i32x4.replace_lane(pixels, 3, load<i32>(image3 + column));
      // From four pixels of each sample to four samples of each pixel.
      const bySample = i8x16.shuffle(pixels, pixels, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
      const low = i16x8.extend_low_i8x16_u(bySample);
      const high = i16x8.extend_high_i8x16_u(bySample);
      v128.store(out, mul(scale, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(low))));
      v128.store(out, mul(scale, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(low))), LINE);
      v128.store(out, mul(scale, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(high))), 2 * LINE);
      v128.store(out, mul(scale, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(high))), 3 * LINE);
      out += 4 * LINE;
    }
  }
}
