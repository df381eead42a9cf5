import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { runFiles } from '../run/run-files.ts';

/** The weights that an argument RUN_OR_FILE means: a run's folder stands for its best ones. */
export async function findWeights(runOrFile: string): Promise<string> {
  const isFolder = await stat(runOrFile).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  return isFolder ? join(runOrFile, runFiles.best) : runOrFile;
}
