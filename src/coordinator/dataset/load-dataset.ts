import { DataError } from '../../shared/errors.ts';
import { imageSize } from '../../shared/model.ts';
import { type DatasetFile, findDatasetFile, readDatasetFile } from './dataset-file.ts';
import type { DatasetOptions } from './dataset-options.ts';
import { fillCache } from './dataset-sources.ts';
import type { SplitName } from './fashion-mnist.ts';
import { type DatasetFiles, locateDataset, resolvePlaces } from './locate-dataset.ts';

/** Memory of the caller's for one split, or views of shared memory. */
export interface SplitTarget {
  /** [count, 28, 28] uint8. */
  images: Uint8Array;
  /** [count] uint8, 0 to 9. */
  labels: Uint8Array;
}

interface SplitHashes {
  /** SHA-256 of the decompressed file, hexadecimal. */
  imagesSha256: string;
  labelsSha256: string;
}

export type DatasetHashes<Split extends SplitName = SplitName> = Record<Split, SplitHashes>;

/**
 * Reads located files into memory of the caller's and verifies them. A damaged file in the cache is reported, fetched
 * anew and read again; well-formed data of the user's own that is not the official one is read and reported.
 *
 * @param targets for each split that was located, exactly `count * 784` and `count` bytes; may be views of a
 *   SharedArrayBuffer; their content is undefined when this throws
 * @throws DataError when a file is damaged and cannot be replaced
 */
export async function readDataset<Split extends SplitName>(
  files: DatasetFiles<Split>,
  targets: Record<Split, SplitTarget>,
): Promise<DatasetHashes<Split>> {
  const hashes: Partial<DatasetHashes<SplitName>> = {};
  for (const split of Object.keys(files.splits) as Split[]) {
    const { images, labels } = files.splits[split];
    hashes[split] = {
      imagesSha256: await readVerified(files, images, targets[split].images),
      labelsSha256: await readVerified(files, labels, targets[split].labels),
    };
  }
  return hashes as DatasetHashes<Split>;
}

/**
 * Loads FashionMNIST, or the data set of a directory in the same format, into fresh memory; see {@link locateDataset}
 * for where it is looked for.
 *
 * @returns for each split `images` [count, 28, 28] and `labels` [count], both uint8
 * @throws DataError when the data is missing, damaged or does not fit into memory
 */
export async function loadDataset<Split extends SplitName = SplitName>(
  options: DatasetOptions<Split> = {},
): Promise<Record<Split, SplitTarget>> {
  const files = await locateDataset(options);
  const targets: Partial<Record<SplitName, SplitTarget>> = {};
  for (const split of Object.keys(files.splits) as Split[]) {
    const { count, images } = files.splits[split];
    try {
      targets[split] = { images: new Uint8Array(count * imageSize), labels: new Uint8Array(count) };
    } catch (error) {
      throw new DataError(`${images.path}: ${count} images do not fit into memory.`, undefined, error);
    }
  }
  await readDataset(files, targets as Record<Split, SplitTarget>);
  return targets as Record<Split, SplitTarget>;
}

/** What {@link fetchDataset} reports. */
export interface FetchedDataset {
  directory: string;
  /** Undefined when all was there already. */
  fetchedFrom: string | undefined;
  hashes: DatasetHashes;
}

/**
 * Makes sure that all four files are there and undamaged, fetching what is missing.
 *
 * @throws DataError as {@link locateDataset} and {@link readDataset}
 */
export async function fetchDataset(options: Omit<DatasetOptions, 'splits'> = {}): Promise<FetchedDataset> {
  const files = await locateDataset(options);
  const target = ({ header }: DatasetFile) => new Uint8Array(header.dataLength);
  const { train, test } = files.splits;
  const hashes = await readDataset(files, {
    train: { images: target(train.images), labels: target(train.labels) },
    test: { images: target(test.images), labels: target(test.labels) },
  });
  return { directory: files.directory, fetchedFrom: files.fetchedFrom, hashes };
}

/** @returns SHA-256 of the decompressed file */
async function readVerified(
  files: Pick<DatasetFiles, 'origin' | 'directory' | 'options'>,
  file: DatasetFile,
  target: Uint8Array,
): Promise<string> {
  const { origin, options } = files;
  if (origin === 'directory') {
    const sha256 = await readDatasetFile(file, target);
    if (sha256 !== file.official.sha256) {
      options.onNotice?.(`${file.path} is not the official FashionMNIST: SHA-256 ${sha256}.`);
    }
    return sha256;
  }
  try {
    return await readOfficial(file, target);
  } catch (error) {
    if (origin !== 'cache' || !(error instanceof DataError)) throw error;
    options.onNotice?.(`Fetching a file of the cache anew: ${error.message}`);
    const attempts = [{ source: files.directory, reason: error.message }];
    await fillCache([file.official], resolvePlaces(options), options, attempts);
    const fresh = await findDatasetFile(files.directory, file.official);
    return readOfficial(fresh ?? file, target);
  }
}

async function readOfficial(file: DatasetFile, target: Uint8Array): Promise<string> {
  const sha256 = await readDatasetFile(file, target);
  if (sha256 !== file.official.sha256) {
    throw new DataError(`${file.path}: SHA-256 ${sha256}, expected ${file.official.sha256}.`);
  }
  return sha256;
}
