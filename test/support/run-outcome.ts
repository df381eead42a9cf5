import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isTemporaryFile } from '../../src/coordinator/atomic-file.ts';
import { readCheckpoint } from '../../src/coordinator/checkpoint/checkpoint-file.ts';
import { readHistory } from '../../src/coordinator/run/history.ts';
import { readWeights } from '../../src/coordinator/weights-file.ts';
import { hashWeights } from '../../src/coordinator/weights-hash.ts';

/** What may not depend on workers, faults and resumes: all that a complete run leaves, but for its times. */
export async function outcomeOf(directory: string) {
  const checkpoints = filesIn(directory).filter((path) => basename(path).startsWith('step-'));
  const checkpoint = await readCheckpoint(checkpoints.sort().at(-1) as string);
  const history = await readHistory(join(directory, 'history.csv'));
  return {
    weights: JSON.parse(readFileSync(join(directory, 'result.json'), 'utf8')).weightsSha256 as string,
    best: hashWeights((await readWeights(join(directory, 'best.safetensors'))).parameters),
    history: history.map(({ seconds: _, samplesPerSecond: __, ...row }) => row),
    checkpoint: {
      cursor: checkpoint.cursor,
      parameters: hashWeights(checkpoint.parameters),
      firstMoments: hashWeights(checkpoint.firstMoments),
      secondMoments: hashWeights(checkpoint.secondMoments),
      best: hashWeights(checkpoint.bestParameters as Float32Array),
    },
  };
}

/** Reads every file of a run that has its final name, whatever else happened. @throws what the first damaged one throws */
export async function readAllFiles(directory: string): Promise<void> {
  for (const path of filesIn(directory)) {
    const name = basename(path);
    if (isTemporaryFile(name)) continue;
    if (name.startsWith('step-')) await readCheckpoint(path);
    if (name === 'best.safetensors') await readWeights(path);
    if (name === 'history.csv') await readHistory(path);
    if (name === 'result.json') JSON.parse(readFileSync(path, 'utf8'));
  }
}

/** What no run may leave: temporary files in its folder, and processes that know it. */
export function leftBehind(directory: string): string[] {
  const temporaryFiles = filesIn(directory).filter((path) => isTemporaryFile(basename(path)));
  return [...temporaryFiles, ...processesNaming(directory)];
}

/** Paths of all files, at any depth; none for a folder that is not there. */
export function filesIn(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Command lines of processes that have the text in them; none where there is no /proc. */
function processesNaming(text: string): string[] {
  if (!existsSync('/proc')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        // It ended while the list was read.
        return '';
      }
    })
    .filter((commandLine) => commandLine.includes(text));
}
