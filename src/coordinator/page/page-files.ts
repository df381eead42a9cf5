import { readFile } from 'node:fs/promises';
import { RunError } from '../../shared/errors.ts';

/** The build's output; the path is the same seen from src/coordinator/page and from dist/coordinator/page. */
const folder = new URL('../../../dist/page/', import.meta.url);

/** The browser code that page and report share. */
export interface PageFiles {
  script: string;
  style: string;
}

/** @throws RunError where the build has not made them */
export async function readPageFiles(): Promise<PageFiles> {
  try {
    const [script, style] = await Promise.all(
      ['page.js', 'page.css'].map((name) => readFile(new URL(name, folder), 'utf8')),
    );
    return { script: script as string, style: style as string };
  } catch (cause) {
    throw new RunError(`the page is not there: ${(cause as Error).message}.`, 'Run "npm run build".', cause);
  }
}
