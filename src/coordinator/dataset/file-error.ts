import { DataError } from '../../shared/errors.ts';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'not found',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'read-only file system',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'disk quota exceeded',
  ENOTDIR: 'not a directory',
  EISDIR: 'is a directory',
};

/** The system's code of a failed call, such as `ENOENT`; undefined for any other error. */
export function systemErrorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && 'syscall' in error
    ? error.code
    : undefined;
}

/** What went wrong with a file, in words for the user where the code is a common one. */
export function systemErrorReason(error: unknown): string {
  const code = systemErrorCode(error);
  const reason = code === undefined ? undefined : reasons[code];
  return reason ?? (error instanceof Error ? error.message : String(error));
}

/** Turns a failed system call into a DataError that names the file; other errors, aborts among them, stay what they are. */
export function fileError(path: string, error: unknown): unknown {
  return systemErrorCode(error) === undefined
    ? error
    : new DataError(`${path}: ${systemErrorReason(error)}.`, undefined, error);
}
