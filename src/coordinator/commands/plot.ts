import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { DataError } from '../../shared/errors.ts';
import { writeCurves } from '../charts/write-charts.ts';
import { parseHistory } from '../history.ts';
import { runFiles } from '../run-directory.ts';

/**
 * `lockstep plot RUN…`: draws the curves of one run into its folder, or of several into one picture.
 * @param output path of the picture without its suffix; by default `curves`, in the run's folder or in this one
 */
export async function plotCommand(runs: readonly string[], output: string | undefined): Promise<void> {
  const curves = await Promise.all(
    runs.map(async (run) => ({
      label: runs.length === 1 ? '' : basename(resolve(run)),
      history: await readHistory(run),
    })),
  );
  const [only] = runs;
  const path =
    output ?? (runs.length === 1 && only !== undefined ? join(only, runFiles.curves) : runFiles.curves);
  const written = await writeCurves(path.replace(/\.(svg|png)$/, ''), curves);
  console.log(`curves drawn in ${written}`);
}

async function readHistory(run: string) {
  const path = join(run, runFiles.history);
  try {
    return parseHistory(await readFile(path, 'utf8'), path);
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw new DataError(
      `${run} is no run folder: ${path} cannot be read.`,
      'Name a folder that "lockstep train" made.',
      cause,
    );
  }
}
