import { stat } from 'node:fs/promises';
import { DataError } from '../../shared/errors.ts';
import { CacheWriteError, defaultCacheDirectory } from './dataset-cache.ts';
import { checkOfficialCount, type DatasetFile, findDatasetFile } from './dataset-file.ts';
import { type DatasetOptions, type DatasetPlaces, defaultPlaces } from './dataset-options.ts';
import { type FailedAttempt, fillCache, noSourceError } from './dataset-sources.ts';
import { type OfficialFile, officialFiles, type SplitName } from './fashion-mnist.ts';
import { fileError } from './file-error.ts';

interface SplitFiles {
  /** Samples: 60,000 and 10,000 in the official data. */
  count: number;
  images: DatasetFile;
  labels: DatasetFile;
}

/** Files whose headers and lengths are checked, and whose content is not. */
export interface DatasetFiles<Split extends SplitName = SplitName> {
  /** `directory`: the user's own; the other two hold the official data. */
  origin: 'directory' | 'cache' | 'system';
  /** Where the files lie. */
  directory: string;
  /** Where the cache was filled from just now; undefined when nothing had to be fetched. */
  fetchedFrom: string | undefined;
  splits: Record<Split, SplitFiles>;
  /** What {@link locateDataset} was called with. */
  options: DatasetOptions<Split>;
}

type FilesByName = Map<OfficialFile, DatasetFile>;

export function resolvePlaces(options: DatasetOptions): DatasetPlaces {
  return { ...defaultPlaces, cacheDirectory: defaultCacheDirectory(), ...options.places };
}

/**
 * Finds FashionMNIST, and fetches it where it is nowhere on this machine. Looks in `options.directory` alone when it is
 * given; else in the user's cache, in the system's directory, at the official mirror, and in Debian's package. Whatever
 * is found or fetched is kept, decompressed, in the cache.
 *
 * @throws DataError when a file of `options.directory` is missing or wrong, or when no source has the data; the message
 *   then lists each source with its reason
 */
export async function locateDataset<Split extends SplitName = SplitName>(
  options: DatasetOptions<Split> = {},
): Promise<DatasetFiles<Split>> {
  const wanted = wantedFiles(options);
  if (options.directory !== undefined) {
    const found = await filesOfUser(options.directory, wanted);
    return result('directory', options.directory, undefined, found, options);
  }
  const places = resolvePlaces(options);
  const { cacheDirectory, systemDirectory } = places;
  const cached = await filesInCache(cacheDirectory, wanted, options.onNotice);
  if (cached.size === wanted.length) return result('cache', cacheDirectory, undefined, cached, options);
  // All four, so that a later command finds the other split without a network.
  const complete = await filesInCache(cacheDirectory, officialFiles);
  const missing = officialFiles.filter((file) => !complete.has(file));
  const attempts: FailedAttempt[] = [{ source: cacheDirectory, reason: 'holds no complete copy.' }];
  try {
    const source = await fillCache(missing, places, options, attempts);
    const found = await filesInCache(cacheDirectory, wanted, options.onNotice);
    if (found.size === wanted.length) return result('cache', cacheDirectory, source, found, options);
    throw new DataError(`${cacheDirectory}: files were removed or changed while others were fetched.`);
  } catch (error) {
    if (!(error instanceof CacheWriteError)) throw error;
    const found = await filesOfSystem(systemDirectory, wanted, attempts);
    if (found === undefined) {
      throw noSourceError([
        ...attempts,
        { source: 'download', reason: `not tried, for it could not be kept: ${error.message}` },
      ]);
    }
    options.onNotice?.(`${error.message} The data set is read from ${systemDirectory} each time.`);
    return result('system', systemDirectory, undefined, found, options);
  }
}

function wantedFiles(options: DatasetOptions): OfficialFile[] {
  const splits: readonly SplitName[] = options.splits ?? ['train', 'test'];
  return officialFiles.filter(({ split }) => splits.includes(split));
}

async function filesOfUser(directory: string, wanted: readonly OfficialFile[]): Promise<FilesByName> {
  try {
    if (!(await stat(directory)).isDirectory()) throw new DataError(`${directory}: not a directory.`);
  } catch (error) {
    throw fileError(directory, error);
  }
  const files: FilesByName = new Map();
  for (const official of wanted) {
    const file = await findDatasetFile(directory, official);
    if (file === undefined) {
      throw new DataError(
        `${directory}: neither ${official.name} nor ${official.name}.gz is there.`,
        `Put the file there, or leave out --data to use the official FashionMNIST.`,
      );
    }
    files.set(official, file);
  }
  return files;
}

/** A damaged file counts as missing, and is reported. */
async function filesInCache(
  directory: string,
  wanted: readonly OfficialFile[],
  onNotice?: DatasetOptions['onNotice'],
): Promise<FilesByName> {
  const files: FilesByName = new Map();
  for (const official of wanted) {
    try {
      const file = await findDatasetFile(directory, official);
      if (file === undefined) continue;
      checkOfficialCount(file);
      files.set(official, file);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      onNotice?.(`Fetching a file of the cache anew: ${error.message}`);
    }
  }
  return files;
}

async function filesOfSystem(
  directory: string,
  wanted: readonly OfficialFile[],
  attempts: FailedAttempt[],
): Promise<FilesByName | undefined> {
  try {
    const files = await filesOfUser(directory, wanted);
    for (const file of files.values()) checkOfficialCount(file);
    return files;
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    attempts.push({ source: directory, reason: error.message });
    return undefined;
  }
}

function result<Split extends SplitName>(
  origin: DatasetFiles['origin'],
  directory: string,
  fetchedFrom: string | undefined,
  files: FilesByName,
  options: DatasetOptions<Split>,
): DatasetFiles<Split> {
  const splits: Partial<Record<SplitName, SplitFiles>> = {};
  for (const name of new Set(wantedFiles(options).map(({ split }) => split))) {
    const [images, labels] = [...files.values()].filter(({ official }) => official.split === name);
    if (images === undefined || labels === undefined) throw new Error(`no files of split ${name}`);
    if (images.header.count !== labels.header.count) {
      throw new DataError(
        `${images.path} holds ${images.header.count} images, but ${labels.path} holds ${labels.header.count} labels.`,
        'Replace one of them, or leave out --data to use the official FashionMNIST.',
      );
    }
    splits[name] = { count: images.header.count, images, labels };
  }
  return { origin, directory, fetchedFrom, splits: splits as Record<Split, SplitFiles>, options };
}
