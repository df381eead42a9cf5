import { basename, dirname, join } from 'node:path';
import { checkpointsFolder } from './checkpoint/checkpoint-store.ts';

/**
 * Where a file that is made of weights goes, if nobody says where: beside them. What is made of a checkpoint goes into its run's
 * folder, with the step in its name, since the folder of checkpoints holds nothing else.
 * @param name of the file, without the extension
 * @param extension with its dot
 */
export function besideWeights(weightsFile: string, name: string, extension = ''): string {
  const folder = dirname(weightsFile);
  if (basename(folder) !== checkpointsFolder) return join(folder, name + extension);
  return join(dirname(folder), `${name}-${basename(weightsFile, '.safetensors')}${extension}`);
}
