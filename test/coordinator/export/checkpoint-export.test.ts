import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { encodeCheckpoint } from '../../../src/coordinator/checkpoint/checkpoint-file.ts';
import { writeExport } from '../../../src/coordinator/export/write-export.ts';
import { readWeights } from '../../../src/coordinator/weights-file.ts';
import { exampleCheckpoint } from '../../support/example-checkpoint.ts';
import { temporaryFolder } from '../../support/training.ts';

const run = join(temporaryFolder(), 'run');

test('a checkpoint is exported as weights, into its run’s folder', async () => {
  const checkpoint = exampleCheckpoint(12);
  const checkpoints = join(run, 'checkpoints');
  mkdirSync(checkpoints, { recursive: true });
  const weightsFile = join(checkpoints, 'step-000000012.safetensors');
  writeFileSync(weightsFile, encodeCheckpoint(checkpoint));
  const path = await writeExport({ weightsFile, format: 'safetensors', output: undefined });
  expect(path).toBe(join(run, 'model-step-000000012.safetensors'));
  const { parameters, metadata } = await readWeights(path);
  expect(parameters).toEqual(checkpoint.parameters);
  expect([...metadata.keys()]).not.toContain('history');
  expect(readdirSync(checkpoints)).toEqual(['step-000000012.safetensors']);
});
