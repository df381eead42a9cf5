import { mkdir } from 'node:fs/promises';

/** Makes the folder `base`, with a number behind it where that is taken. @returns its path */
export async function makeNumberedFolder(base: string): Promise<string> {
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? base : `${base}-${number}`;
    try {
      await mkdir(candidate);
      return candidate;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Local time as 20261124-105203. */
export function timestamp(now: Date): string {
  // Swedish writes 2026-11-24 10:52:03.
  return now.toLocaleString('sv-SE').replace(/[-:]/g, '').replace(' ', '-');
}
