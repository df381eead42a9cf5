import { createHash, randomUUID } from 'node:crypto';
import { access, constants, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import envPaths from 'env-paths';
import { DataError } from '../../shared/errors.ts';
import type { OfficialFile } from './fashion-mnist.ts';
import { systemErrorReason } from './file-error.ts';

const partialSuffix = '.partial';

/** A partial file that nobody has written to for so long was left behind by a process that was killed. */
const abandonedAfterMs = 60 * 60 * 1000;

/** The cache takes no files: another source of the same data would not help. */
export class CacheWriteError extends DataError {}

/** The directory of the user's cache for the decompressed files; honours XDG_CACHE_HOME on Linux. */
export function defaultCacheDirectory(): string {
  return join(envPaths('lockstep', { suffix: '' }).cache, 'fashion-mnist');
}

/**
 * Makes the cache directory where it is missing, and removes what killed processes have left in it.
 *
 * @throws CacheWriteError when the directory cannot be made or written to
 */
export async function prepareCache(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
    await access(directory, constants.W_OK | constants.X_OK);
    for (const name of await readdir(directory)) {
      if (!name.endsWith(partialSuffix)) continue;
      const path = join(directory, name);
      // Another process may finish, and so rename, its file between these two calls.
      const stats = await stat(path).catch(() => undefined);
      if (stats !== undefined && Date.now() - stats.mtimeMs > abandonedAfterMs)
        await rm(path, { force: true });
    }
  } catch (error) {
    throw cacheWriteError(directory, error);
  }
}

/**
 * Writes one verified file into the cache. A reader sees the old file or the new one, never a part; two processes that
 * write the same file at once both succeed.
 *
 * @param content the decompressed file
 * @param source for messages
 * @throws DataError when the content is not the published one
 * @throws CacheWriteError when the file cannot be written
 */
export async function storeInCache(
  directory: string,
  official: OfficialFile,
  content: AsyncIterable<Uint8Array>,
  source: string,
): Promise<void> {
  const path = join(directory, official.name);
  const partialPath = join(directory, `.${official.name}.${randomUUID()}${partialSuffix}`);
  try {
    await writeVerified(partialPath, official, content, source);
    await orCacheWriteError(path, rename(partialPath, path));
    await orCacheWriteError(path, syncDirectory(directory));
  } catch (error) {
    await rm(partialPath, { force: true });
    throw error;
  }
}

async function writeVerified(
  path: string,
  official: OfficialFile,
  content: AsyncIterable<Uint8Array>,
  source: string,
): Promise<void> {
  const handle = await orCacheWriteError(path, open(path, 'wx', 0o644));
  try {
    const hash = createHash('sha256');
    let length = 0;
    for await (const chunk of content) {
      length += chunk.length;
      hash.update(chunk);
      // Unlike write(), writeFile() repeats short writes; it goes on at the current position.
      await orCacheWriteError(path, handle.writeFile(chunk));
    }
    const sha256 = hash.digest('hex');
    if (length !== official.length || sha256 !== official.sha256) {
      throw new DataError(
        `${source}: ${official.name} has ${length} bytes with SHA-256 ${sha256}, ` +
          `expected ${official.length} with ${official.sha256}.`,
      );
    }
    // A full disk has been seen to truncate without an error.
    const { size } = await orCacheWriteError(path, handle.stat());
    if (size !== length) throw new CacheWriteError(`${path}: ${size} bytes on disk, ${length} were written.`);
    await orCacheWriteError(path, handle.sync());
  } finally {
    await handle.close();
  }
}

/** Makes the new name durable; Windows has no such call for directories. */
async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(directory);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function orCacheWriteError<T>(path: string, action: Promise<T>): Promise<T> {
  try {
    return await action;
  } catch (error) {
    throw cacheWriteError(path, error);
  }
}

function cacheWriteError(path: string, error: unknown): CacheWriteError {
  return new CacheWriteError(`${path} cannot be written: ${systemErrorReason(error)}.`, undefined, error);
}
