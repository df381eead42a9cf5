import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCheckpoint } from '../../src/coordinator/checkpoint/checkpoint-file.ts';
import { DataError } from '../../src/shared/errors.ts';
import { fileWith, fileWithLength } from '../coordinator/safetensors/hostile-files.ts';
import { endCli } from '../support/cli-process.ts';
import { temporaryFolder } from '../support/training.ts';

const folder = temporaryFolder();

/** After the abuse files of the reference implementation (safetensors/attacks). */
describe('an abuse file', () => {
  const overlapping = (count: number) =>
    `{${Array.from({ length: count }, (_, index) => `"weight_${index}":{"dtype":"F32","shape":[200,200],"data_offsets":[0,160000]}`).join(',')}}`;

  test.each([
    {
      what: 'a header that claims to be longer than the file',
      file: () => fileWithLength(1000n, new TextEncoder().encode('{}'), new Uint8Array(16)),
      problem: 'header of 1000 bytes in a file of 26',
    },
    {
      what: 'a header above 100 MB',
      file: () => fileWithLength(640_000_000n, new Uint8Array(1000), new Uint8Array(0)),
      problem: 'at most 100000000',
    },
    {
      what: '100,000 tensors over the same bytes',
      file: () => fileWith(overlapping(100_000), new Uint8Array(160_000)),
      problem: 'tensor "weight_1" begins at byte 0, expected 160000',
    },
    {
      what: 'half a byte of a 4-bit type',
      file: () => fileWith('{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}', new Uint8Array(2)),
      problem: 'unknown dtype "F4"',
    },
  ])('is refused as weights and as a checkpoint: $what', async ({ file, problem }) => {
    const path = join(folder, 'abuse.safetensors');
    writeFileSync(path, file());
    await expect(readCheckpoint(path)).rejects.toThrow(DataError);
    await expect(readCheckpoint(path)).rejects.toThrow(problem);
    const outcome = await endCli(['train', '--init', path, '--run-dir', join(folder, 'refused')]);
    expect(outcome.exitCode).toBe(3);
    expect(outcome.stderr).toContain(problem);
  });
});
