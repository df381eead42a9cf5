import { imageHeight, imageSize, imageWidth } from '../../shared/model.ts';
import type { RasterImage } from './raster-image.ts';

export const inversions = ['auto', 'yes', 'no'] as const;
/** Whether bright and dark are exchanged; `auto`: where the background is bright. */
export type Inversion = (typeof inversions)[number];

export interface ModelInput {
  /** uint8[28, 28]. */
  pixels: Uint8Array;
  inverted: boolean;
}

/** Grey values of a picture, row by row, 0 to 255. */
interface GreyImage {
  width: number;
  height: number;
  values: Float64Array;
}

/**
 * Makes of a picture what the data set is made of (Xiao et al. 2017, section 2): grey; its longer edge scaled to 28 pixels, each the
 * average of the area that it covers; bright on dark; in the middle of a black square. A picture of 28×28 grey pixels
 * stays as it is. What is transparent is white, as in a product's photograph.
 *
 * A background counts as bright where the outermost pixels are so on average: of the 70,000 images of FashionMNIST, none is
 * taken for one with a bright background, and of their negatives, each.
 */
export function toModelInput(picture: RasterImage, inversion: Inversion): ModelInput {
  const longer = Math.max(picture.width, picture.height);
  const scaled = averageAreas(
    toGrey(picture),
    Math.max(1, Math.round((picture.width * imageWidth) / longer)),
    Math.max(1, Math.round((picture.height * imageHeight) / longer)),
  );
  const inverted = inversion === 'auto' ? borderMean(scaled) >= 127.5 : inversion === 'yes';
  const pixels = new Uint8Array(imageSize);
  const left = Math.floor((imageWidth - scaled.width) / 2);
  const top = Math.floor((imageHeight - scaled.height) / 2);
  for (let y = 0; y < scaled.height; y++) {
    for (let x = 0; x < scaled.width; x++) {
      const grey = Math.round(scaled.values[y * scaled.width + x] as number);
      pixels[(top + y) * imageWidth + left + x] = inverted ? 255 - grey : grey;
    }
  }
  return { pixels, inverted };
}

/** Luma (ITU-R BT.601), before white. */
function toGrey({ width, height, pixels }: RasterImage): GreyImage {
  const values = new Float64Array(width * height);
  const component = (at: number) => pixels[at] as number;
  for (let pixel = 0; pixel < values.length; pixel++) {
    const at = 4 * pixel;
    const grey = (299 * component(at) + 587 * component(at + 1) + 114 * component(at + 2)) / 1000;
    const opacity = component(at + 3);
    values[pixel] = (grey * opacity + 255 * (255 - opacity)) / 255;
  }
  return { width, height, values };
}

/** Scales one axis after the other: the average over a rectangle is that of its rows' averages. */
function averageAreas(image: GreyImage, width: number, height: number): GreyImage {
  const narrow = new Float64Array(width * image.height);
  for (const [x, { first, weights }] of coverage(image.width, width).entries()) {
    for (let y = 0; y < image.height; y++) {
      narrow[y * width + x] = weightedSum(image.values, y * image.width + first, 1, weights);
    }
  }
  const values = new Float64Array(width * height);
  for (const [y, { first, weights }] of coverage(image.height, height).entries()) {
    for (let x = 0; x < width; x++) {
      values[y * width + x] = weightedSum(narrow, first * width + x, width, weights);
    }
  }
  return { width, height, values };
}

/** Which of `from` pixels each of `to` lies on, and with which shares of its length. */
function coverage(from: number, to: number): { first: number; weights: number[] }[] {
  return Array.from({ length: to }, (_, target) => {
    const start = (target * from) / to;
    const end = ((target + 1) * from) / to;
    const first = Math.floor(start);
    const weights = Array.from({ length: Math.ceil(end) - first }, (_, index) => {
      const pixel = first + index;
      return (Math.min(end, pixel + 1) - Math.max(start, pixel)) / (end - start);
    });
    return { first, weights };
  });
}

function weightedSum(
  values: Float64Array,
  first: number,
  stride: number,
  weights: readonly number[],
): number {
  let sum = 0;
  for (let index = 0; index < weights.length; index++) {
    sum += (values[first + index * stride] as number) * (weights[index] as number);
  }
  return sum;
}

/** Of the outermost rows and columns. */
function borderMean({ width, height, values }: GreyImage): number {
  const border = values.filter((_, index) => {
    const x = index % width;
    const y = Math.floor(index / width);
    return x === 0 || y === 0 || x === width - 1 || y === height - 1;
  });
  return border.reduce((sum, value) => sum + value, 0) / border.length;
}
