import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** SHA-256 of a file, in hexadecimal. */
export async function fileDigest(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest('hex');
}

/**
 * SHA-256 over the relative paths and contents of all files of a folder, and the targets of its symbolic links. Times and
 * owners play no part, so a copied folder has the same.
 * @param except names at the top of the folder that are left out
 */
export async function folderDigest(folder: string, except: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  const names = (await readdir(folder, { recursive: true })).sort();
  for (const name of names) {
    if (except.includes(name)) continue;
    const path = join(folder, name);
    const stats = await lstat(path);
    if (stats.isDirectory()) continue;
    // Lengths in front: no two folders give the same bytes.
    hash.update(`${Buffer.byteLength(name)}:${name}:${stats.size}:`);
    if (stats.isSymbolicLink()) hash.update(await readlink(path));
    else for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  }
  return hash.digest('hex');
}
