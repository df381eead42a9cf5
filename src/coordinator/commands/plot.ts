import { basename, join, resolve } from 'node:path';
import { writeCurves } from '../charts/write-charts.ts';
import { readHistory } from '../run/history.ts';
import { runFiles } from '../run/run-files.ts';

/**
 * `lockstep plot RUN…`: draws the curves of one run into its folder, or of several into one picture.
 * @param output path of the picture without its suffix; by default `curves`, in the run's folder or in this one
 */
export async function plotCommand(runs: readonly string[], output: string | undefined): Promise<void> {
  const curves = await Promise.all(
    runs.map(async (run) => ({
      label: runs.length === 1 ? '' : basename(resolve(run)),
      history: await readHistory(join(run, runFiles.history)),
    })),
  );
  const [only] = runs;
  const path =
    output ?? (runs.length === 1 && only !== undefined ? join(only, runFiles.curves) : runFiles.curves);
  const written = await writeCurves(path.replace(/\.(svg|png)$/, ''), curves);
  console.log(`curves drawn in ${written}`);
}
