/**
 * Augmentation of a block's images: mirrored, turned, shifted, partly erased; each a function of (seed, epoch, sample), so that
 * it does not depend on who computes it. What is moved in from outside is black.
 */
import { COLUMNS, IMAGE_BYTES } from './images.ts';
import { augmentsByFlip, erasing, largestRotation, largestShift } from './model-options.ts';
import { AUGMENTATION, drawWords } from './philox.ts';
import {
  AUGMENTATION_WORDS,
  AUGMENTED_IMAGES,
  BLANK_IMAGE,
  BLOCK_SAMPLES,
  IMAGE_ADDRESSES,
  MARGINED_IMAGE,
} from './scratch-layout.ts';

const ROWS: usize = COLUMNS;
/** Bytes from one row of the margined image to the next; the image begins in its second row and column. */
const STRIDE: usize = 32;
const MARGINED_BYTES: usize = 30 * STRIDE;
const FIRST_PIXEL: usize = STRIDE + 1;
/** Bytes from one word of a quad of samples to the next. */
const WORD_BYTES: usize = 16;
const WORDS_OF_QUAD: usize = 8 * WORD_BYTES;
const SMALLEST_ERASED: u32 = 4;
const LARGEST_ERASED: u32 = 14;

/** Which random word decides on what. */
const FLIP_WORD: usize = 0;
const SHIFT_X_WORD: usize = 1;
const SHIFT_Y_WORD: usize = 2;
const ROTATION_WORD: usize = 3;
const ERASE_WORD: usize = 4;
/** Height, width, and where: 16 bits each. */
const ERASED_SIZE_WORD: usize = 5;
const ERASED_PLACE_WORD: usize = 6;

/** Lets the block's image addresses point to augmented copies; does nothing where no augmentation is chosen. */
export function augmentBlock(samples: usize, epoch: u32, scratch: usize): void {
  const shift = largestShift(scratch);
  const rotation = largestRotation(scratch);
  const eraseProbability = erasing(scratch);
  const flips = augmentsByFlip(scratch);
  if (!flips && shift == 0 && rotation == 0 && eraseProbability == 0) return;
  drawBlock(epoch, scratch);
  memory.fill(scratch + MARGINED_IMAGE, 0, MARGINED_BYTES);
  for (let lane: usize = 0; lane < samples; lane++) {
    const words = scratch + AUGMENTATION_WORDS + (lane >> 2) * WORDS_OF_QUAD + (lane & 3) * 4;
    const out = scratch + AUGMENTED_IMAGES + lane * IMAGE_BYTES;
    const address = scratch + 4 * lane;
    const isFlipped = flips && word(words, FLIP_WORD) >> 31 == 1;
    enterMargin(load<usize>(address, IMAGE_ADDRESSES), isFlipped, scratch + MARGINED_IMAGE + FIRST_PIXEL);
    const shiftX = <i32>below(2 * shift + 1, word(words, SHIFT_X_WORD)) - shift;
    const shiftY = <i32>below(2 * shift + 1, word(words, SHIFT_Y_WORD)) - shift;
    if (rotation > 0) {
      const turn = <f64>word(words, ROTATION_WORD) / 2147483648.0 - 1;
      rotateAndShift(turn * <f64>rotation, shiftX, shiftY, scratch + MARGINED_IMAGE, out);
    } else {
      shiftImage(shiftX, shiftY, scratch + MARGINED_IMAGE + FIRST_PIXEL, scratch + BLANK_IMAGE, out);
    }
    if (<f64>word(words, ERASE_WORD) < <f64>eraseProbability * 4294967296.0) {
      eraseRectangle(word(words, ERASED_SIZE_WORD), word(words, ERASED_PLACE_WORD), out);
    }
    store<usize>(address, out, IMAGE_ADDRESSES);
  }
}

function drawBlock(epoch: u32, scratch: usize): void {
  for (let quad: usize = 0; quad < 4; quad++) {
    const samples = scratch + BLOCK_SAMPLES + 16 * quad;
    const words = scratch + AUGMENTATION_WORDS + quad * WORDS_OF_QUAD;
    drawWords(0, samples, epoch, AUGMENTATION, scratch, words);
    drawWords(1, samples, epoch, AUGMENTATION, scratch, words + 4 * WORD_BYTES);
  }
}

@inline
function word(words: usize, which: usize): u32 {
  return load<u32>(words + which * WORD_BYTES);
}

/** A number below `bound`, which is small: the bias of 2^-32 times it is of no account. */
@inline
function below(bound: u32, random: u32): u32 {
  return <u32>((<u64>random * <u64>bound) >> 32);
}

/** Copies an image, mirrored or not, to where a margin surrounds it. */
function enterMargin(image: usize, isFlipped: bool, out: usize): void {
  for (let row: usize = 0; row < ROWS; row++) {
    // 28 pixels, as two vectors that overlap in four.
    let left = v128.load(image);
    let right = v128.load(image, 12);
    if (isFlipped) {
      const mirroredLeft = reverse(right);
      right = reverse(left);
      left = mirroredLeft;
    }
    v128.store(out, left);
    v128.store(out, right, 12);
    image += COLUMNS;
    out += STRIDE;
  }
}

@inline
function reverse(pixels: v128): v128 {
  return i8x16.shuffle(pixels, pixels, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
}

/** @param blank at least a row of zeros */
function shiftImage(shiftX: i32, shiftY: i32, margined: usize, blank: usize, out: usize): void {
  const width = <usize>(<i32>COLUMNS - abs<i32>(shiftX));
  const from = <usize>max(-shiftX, 0);
  const to = <usize>max(shiftX, 0);
  for (let row: i32 = 0; row < <i32>ROWS; row++) {
    const source = row - shiftY;
    memory.copy(out, blank, COLUMNS);
    if (source >= 0 && source < <i32>ROWS) {
      memory.copy(out + to, margined + <usize>source * STRIDE + from, width);
    }
    out += COLUMNS;
  }
}

/** Turns about the centre, then shifts; bilinear, in fixed point: 16 bits of fraction for places, 8 for weights. */
function rotateAndShift(angle: f64, shiftX: i32, shiftY: i32, margined: usize, out: usize): void {
  const cosine = <i32>nearest(65536.0 * cosineOf(angle));
  const sine = <i32>nearest(65536.0 * sineOf(angle));
  // Twice the distances from the centre, which lies between two pixels.
  const fromCentreX = -27 - 2 * shiftX;
  for (let row: i32 = 0; row < <i32>ROWS; row++) {
    const fromCentreY = 2 * (row - shiftY) - 27;
    // 14.5: the centre in the margined image.
    let x = ((cosine * fromCentreX + sine * fromCentreY) >> 1) + 950272;
    let y = ((cosine * fromCentreY - sine * fromCentreX) >> 1) + 950272;
    for (let column: usize = 0; column < COLUMNS; column++) {
      store<u8>(out + column, interpolate(x, y, margined));
      x += cosine;
      y -= sine;
    }
    out += COLUMNS;
  }
}

@inline
function interpolate(x: i32, y: i32, margined: usize): u32 {
  const left = x >> 16;
  const top = y >> 16;
  if (<u32>left >= 29 || <u32>top >= 29) return 0;
  const at = margined + <usize>top * STRIDE + <usize>left;
  const weightX = (x >> 8) & 255;
  const weightY = (y >> 8) & 255;
  const above = <i32>load<u8>(at) * (256 - weightX) + <i32>load<u8>(at, 1) * weightX;
  const below = <i32>load<u8>(at, 32) * (256 - weightX) + <i32>load<u8>(at, 33) * weightX;
  return <u32>(above * (256 - weightY) + below * weightY + 32768) >> 16;
}

/** Taylor's series, to 1e-9 for up to an eighth of a turn. */
function sineOf(x: f64): f64 {
  const square = x * x;
  return x * (1 - (square / 6) * (1 - (square / 20) * (1 - (square / 42) * (1 - square / 72))));
}

function cosineOf(x: f64): f64 {
  const square = x * x;
  return 1 - (square / 2) * (1 - (square / 12) * (1 - (square / 30) * (1 - (square / 56) * (1 - square / 90))));
}

/** Blackens a rectangle of 4 to 14 rows and columns that lies within the image. */
function eraseRectangle(size: u32, place: u32, image: usize): void {
  const sizes = LARGEST_ERASED - SMALLEST_ERASED + 1;
  const height = SMALLEST_ERASED + below(sizes, size & 0xffff0000);
  const width = SMALLEST_ERASED + below(sizes, size << 16);
  const top = below(<u32>ROWS - height + 1, place & 0xffff0000);
  const left = below(<u32>COLUMNS - width + 1, place << 16);
  for (let row: u32 = 0; row < height; row++) {
    memory.fill(image + <usize>(top + row) * COLUMNS + <usize>left, 0, <usize>width);
  }
}
