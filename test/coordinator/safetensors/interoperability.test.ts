import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { findPythonWithTorch } from '../../../bench/python-with-torch.ts';
import { readSafetensors } from '../../../src/coordinator/safetensors/reader.ts';
import { readWeights, writeWeights } from '../../../src/coordinator/weights-file.ts';
import { initialParameters } from '../../../src/shared/initial-parameters.ts';
import { parameterTensors } from '../../../src/shared/parameters.ts';

const directory = mkdtempSync(join(tmpdir(), 'lockstep-interoperability-'));
afterAll(() => rmSync(directory, { recursive: true }));

const parameters = initialParameters(11);

const pythonWithSafetensors = ['python3', '/usr/bin/python3'].find(
  (command) => spawnSync(command, ['-c', 'import safetensors.numpy']).status === 0,
);
const withoutSafetensors =
  pythonWithSafetensors === undefined ? ' (skipped: no python3 here can import safetensors.numpy)' : '';

describe.skipIf(pythonWithSafetensors === undefined)(`Python’s safetensors${withoutSafetensors}`, () => {
  const ours = join(directory, 'ours.safetensors');
  const theirs = join(directory, 'theirs.safetensors');

  test('reads the names, shapes and metadata that writeWeights wrote', async () => {
    await writeWeights(ours, parameters, { epoch: '3', 'ключ "1"': '値' });
    expect(JSON.parse(runPython(pythonWithSafetensors, 'read_and_write.py', ours, theirs))).toEqual({
      metadata: { format: 'pt', epoch: '3', 'ключ "1"': '値' },
      shapes: Object.fromEntries(parameterTensors.map(({ name, shape }) => [name, shape])),
    });
  });

  test('writes files that readWeights reads, to the bit', async () => {
    await writeWeights(ours, parameters, {});
    runPython(pythonWithSafetensors, 'read_and_write.py', ours, theirs);
    expect((await readWeights(theirs)).parameters).toEqual(parameters);
    expect([...(await readSafetensors(theirs)).metadata]).toEqual([['writer', 'python']]);
  });
});

const pythonWithTorch = findPythonWithTorch()?.command;
const withoutTorch = pythonWithTorch === undefined ? ' (skipped: no python3 here can import torch)' : '';

describe.skipIf(pythonWithTorch === undefined)(`PyTorch’s load_state_dict${withoutTorch}`, () => {
  test('takes what writeWeights wrote into the reference’s LeNet-5, to the bit', async () => {
    const weights = join(directory, 'weights.safetensors');
    const loaded = join(directory, 'loaded.f32');
    await writeWeights(weights, parameters, {});
    runPython(pythonWithTorch, 'load_state_dict.py', weights, loaded);
    expect(new Float32Array(new Uint8Array(readFileSync(loaded)).buffer)).toEqual(parameters);
  });
});

function runPython(command: string | undefined, script: string, ...arguments_: string[]): string {
  const path = fileURLToPath(new URL(script, import.meta.url));
  return execFileSync(command as string, [path, ...arguments_], { encoding: 'utf8' });
}
