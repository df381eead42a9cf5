import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { RunError } from '../shared/errors.ts';

/**
 * Writes a file so that, whatever happens, `path` holds either all of the new content or what it held before: into a
 * temporary file in the same directory, whose size is checked and which is flushed to disk before it takes the name.
 * A failed flush is never tried again: Linux reports a lost page once, and the next fsync succeeds although it is gone
 * (Rebello et al., "Can applications recover from fsync failures?", USENIX ATC 2020). The caller may write anew.
 * @param options.flush false for what may be lost when the machine fails; the end of the process leaves it whole in any case
 * @throws RunError if any step fails; the temporary file is removed then
 */
export async function writeFileAtomically(
  path: string,
  content: Uint8Array | string,
  { flush = true }: { flush?: boolean } = {},
): Promise<void> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const directory = dirname(path);
  const temporaryPath = join(directory, temporaryName(basename(path)));
  try {
    const file = await open(temporaryPath, 'wx');
    try {
      await writeWhole(file, bytes);
      if (flush) await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporaryPath, path);
    if (flush) await flushDirectory(directory);
  } catch (error) {
    // Where removing fails too, the first failure is the one to tell.
    await rm(temporaryPath, { force: true }).catch(() => undefined);
    throw describeWriteFailure(path, error);
  }
}

/** Whether a directory entry is what an interrupted `writeFileAtomically` left behind; it may be deleted. */
export function isTemporaryFile(name: string): boolean {
  return /^\..+\.[0-9a-f]{12}\.tmp$/.test(name);
}

/** Removes what interrupted writes left in a folder, if there is one. @throws RunError if something cannot be removed */
export async function removeTemporaryFiles(folder: string): Promise<void> {
  try {
    for (const name of await readdir(folder)) {
      if (isTemporaryFile(name)) await rm(join(folder, name), { force: true });
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw describeWriteFailure(folder, error);
  }
}

function temporaryName(name: string): string {
  return `.${name}.${randomBytes(6).toString('hex')}.tmp`;
}

async function writeWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  await file.writeFile(bytes);
  const { size } = await file.stat();
  if (size !== bytes.length) throw new Error(`${size} of ${bytes.length} bytes arrived`);
}

/** Makes the new name itself durable. */
async function flushDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const nextSteps: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: free space and resume the run, or choose another --run-dir.',
  EDQUOT: 'The disk quota is used up: free space and resume the run, or choose another --run-dir.',
  EFBIG:
    'The file size limit is reached: raise it (ulimit -f) and resume the run, or choose another --run-dir.',
  EROFS: 'The file system is read-only: choose another --run-dir.',
  EACCES:
    'The folder may not be written to: change its permissions and resume the run, or choose another --run-dir.',
  EPERM:
    'The folder may not be written to: change its permissions and resume the run, or choose another --run-dir.',
  ENOENT: 'The folder is gone: create it, or choose another --run-dir.',
  EIO: 'The disk reports an error: check it and resume the run, or choose another --run-dir.',
};

/** What the user is told of a failed system call on a file or folder that is to be written, made or removed. */
export function describeWriteFailure(path: string, error: unknown): RunError {
  const reason = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return new RunError(`${path}: cannot be written: ${reason}`, nextSteps[code], error);
}
