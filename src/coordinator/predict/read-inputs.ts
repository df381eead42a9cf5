import { open, stat } from 'node:fs/promises';
import { DataError } from '../../shared/errors.ts';
import { imageSize } from '../../shared/model.ts';
import { fileError } from '../dataset/file-error.ts';
import { type Inversion, toModelInput } from './model-input.ts';
import { decodePicture, pictureFormat } from './raster-image.ts';
import { isIdx, readIdx } from './read-idx.ts';

/** An image that is to be classified. */
export interface PredictionInput {
  file: string;
  /** Position in an IDX file, from 0; undefined for a picture. */
  index: number | undefined;
  /** What was done to a picture; undefined for an image of an IDX file, which is taken as it is. */
  preparation: { width: number; height: number; inverted: boolean } | undefined;
  /** uint8[28, 28]. */
  pixels: Uint8Array;
}

/** Above the largest IDX file of FashionMNIST (47 MB) and any picture that is decoded. */
const maximumFileBytes = 2 ** 28;

/**
 * Reads the images of a file: a PNG or JPEG is one, an IDX file (plain or gzipped) holds many.
 * @param options.limit images of an IDX file to take at most
 * @throws DataError when the file cannot be read, is damaged, too large, or something else
 */
export async function readInputs(
  file: string,
  options: { inversion: Inversion; limit: number },
): Promise<PredictionInput[]> {
  const bytes = await readWholeFile(file);
  const format = pictureFormat(bytes);
  if (format !== undefined) {
    const picture = decodePicture(format, bytes, file);
    const { pixels, inverted } = toModelInput(picture, options.inversion);
    const { width, height } = picture;
    return [{ file, index: undefined, preparation: { width, height, inverted }, pixels }];
  }
  if (!isIdx(bytes)) throw new DataError(`${file}: neither a PNG or JPEG nor an IDX file of images.`);
  const images = await readIdx('images', bytes, file, options.limit);
  return Array.from({ length: images.length / imageSize }, (_, index) => ({
    file,
    index,
    preparation: undefined,
    pixels: images.subarray(index * imageSize, (index + 1) * imageSize),
  }));
}

/** The labels of an IDX file, uint8[n]. @throws DataError as `readInputs` */
export async function readLabels(file: string): Promise<Uint8Array> {
  return await readIdx('labels', await readWholeFile(file), file, Number.POSITIVE_INFINITY);
}

async function readWholeFile(path: string): Promise<Buffer> {
  try {
    // Asked before opening it: opening a named pipe would wait for a writer for ever.
    const { size, ...entry } = await stat(path).then((stats) => ({
      size: stats.size,
      isFile: stats.isFile(),
    }));
    if (!entry.isFile) throw new DataError(`${path}: not a regular file.`);
    if (size > maximumFileBytes) {
      throw new DataError(`${path}: ${size} bytes, expected at most ${maximumFileBytes}.`);
    }
    const handle = await open(path);
    try {
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw fileError(path, error);
  }
}
