import { join } from 'node:path';
import { DataError } from '../../shared/errors.ts';
import { CacheWriteError, prepareCache, storeInCache } from './dataset-cache.ts';
import { findDatasetFile, storedChunks } from './dataset-file.ts';
import type { DatasetOptions, DatasetPlaces, DatasetProgress } from './dataset-options.ts';
import { withDebianPackage } from './debian-package.ts';
import { debianDataDirectory, type OfficialFile } from './fashion-mnist.ts';
import { gunzip } from './gzip.ts';
import { download } from './http-download.ts';

type Report = Pick<DatasetOptions, 'onProgress' | 'signal'>;

const mirrorSource = 'official mirror';

/** A source that was tried in vain. */
export interface FailedAttempt {
  source: string;
  reason: string;
}

interface Source {
  name: string;
  fetch: (files: readonly OfficialFile[]) => Promise<void>;
}

/**
 * Brings published files into the cache from the first source that has them: the system's directory, the official
 * mirror, the Debian package.
 *
 * @param attempts what has been tried so far; failures are appended
 * @returns the source's name
 * @throws CacheWriteError when the cache takes no files
 * @throws DataError when all sources have failed, with the reason of each
 */
export async function fillCache(
  files: readonly OfficialFile[],
  places: DatasetPlaces,
  report: Report,
  attempts: FailedAttempt[],
): Promise<string> {
  await prepareCache(places.cacheDirectory);
  for (const source of sources(places, report)) {
    try {
      await source.fetch(files);
      return source.name;
    } catch (error) {
      if (!(error instanceof DataError) || error instanceof CacheWriteError) throw error;
      attempts.push({ source: source.name, reason: error.message });
    }
  }
  throw noSourceError(attempts);
}

/** The one error for all that was tried in vain. */
export function noSourceError(attempts: readonly FailedAttempt[]): DataError {
  // Most reasons name the file, and so the source, themselves.
  const lines = attempts.map(({ source, reason }) =>
    reason.startsWith(source) ? reason : `${source}: ${reason}`,
  );
  return new DataError(
    ['FashionMNIST was neither found nor could it be fetched:', ...lines].join('\n  '),
    'Run "lockstep fetch-data" where there is a network, or put the four .gz files into a directory and pass it as ' +
      '--data DIR; XDG_CACHE_HOME moves the cache.',
  );
}

function sources(places: DatasetPlaces, report: Report): Source[] {
  const { cacheDirectory, systemDirectory, debianPackage } = places;
  const packageSource = `Debian package ${debianPackage}`;
  return [
    {
      name: systemDirectory,
      fetch: (files) => copyFromDirectory(systemDirectory, systemDirectory, files, cacheDirectory, report),
    },
    { name: mirrorSource, fetch: (files) => copyFromMirror(files, places, report) },
    {
      name: packageSource,
      fetch: (files) =>
        withDebianPackage(
          debianPackage,
          {
            signal: report.signal,
            onStep: (file) =>
              report.onProgress?.({ source: packageSource, file, receivedBytes: 0, totalBytes: undefined }),
          },
          (root) =>
            copyFromDirectory(join(root, debianDataDirectory), packageSource, files, cacheDirectory, report),
        ),
    },
  ];
}

async function copyFromDirectory(
  directory: string,
  source: string,
  files: readonly OfficialFile[],
  cacheDirectory: string,
  report: Report,
): Promise<void> {
  for (const official of files) {
    const file = await findDatasetFile(directory, official);
    if (file === undefined) throw new DataError(`${official.name}.gz not found.`);
    const stored = withProgress(storedChunks(file), {
      source,
      file: official.name,
      totalBytes: file.storedLength,
      ...report,
    });
    const content = file.compressed
      ? gunzip(stored, {
          path: file.path,
          expectedLength: official.length,
          compressedLength: file.storedLength,
        })
      : stored;
    await storeInCache(cacheDirectory, official, content, file.path);
  }
}

async function copyFromMirror(
  files: readonly OfficialFile[],
  { mirrorUrl, cacheDirectory, connectTimeoutMs, stallTimeoutMs }: DatasetPlaces,
  { onProgress, signal }: Report,
): Promise<void> {
  const base = mirrorUrl.endsWith('/') ? mirrorUrl : `${mirrorUrl}/`;
  for (const official of files) {
    const url = `${base}${official.name}.gz`;
    const body = download(url, {
      connectTimeoutMs,
      stallTimeoutMs,
      signal,
      // Compressed, it is never larger than plain but for headers.
      maximumBytes: official.length + 65_536,
      onProgress: (receivedBytes, totalBytes) =>
        onProgress?.({ source: mirrorSource, file: official.name, receivedBytes, totalBytes }),
    });
    const content = gunzip(body, { path: url, expectedLength: official.length });
    await storeInCache(cacheDirectory, official, content, url);
  }
}

async function* withProgress(
  chunks: AsyncIterable<Uint8Array>,
  { onProgress, signal, ...of }: Omit<DatasetProgress, 'receivedBytes'> & Report,
): AsyncGenerator<Uint8Array> {
  let receivedBytes = 0;
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    receivedBytes += chunk.length;
    onProgress?.({ ...of, receivedBytes });
    yield chunk;
  }
}
