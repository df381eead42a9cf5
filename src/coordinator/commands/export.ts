import { type ExportFormat, writeExport } from '../export/write-export.ts';
import { findWeights } from './find-weights.ts';

interface ExportOptions {
  format: ExportFormat;
  output: string | undefined;
}

/** `lockstep export RUN_OR_FILE --format FORMAT`: writes the model for other programs. */
export async function exportCommand(runOrFile: string, options: ExportOptions): Promise<void> {
  const weightsFile = await findWeights(runOrFile);
  console.log(await writeExport({ weightsFile, ...options }));
}
