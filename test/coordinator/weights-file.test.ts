import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { encodeCheckpoint } from '../../src/coordinator/checkpoint/checkpoint-file.ts';
import { readSafetensors } from '../../src/coordinator/safetensors/reader.ts';
import { encodeSafetensors, type NamedTensor } from '../../src/coordinator/safetensors/writer.ts';
import { readWeights, writeWeights } from '../../src/coordinator/weights-file.ts';
import { DataError } from '../../src/shared/errors.ts';
import { initialParameters } from '../../src/shared/initial-parameters.ts';
import { parameterTensors } from '../../src/shared/parameters.ts';
import { exampleCheckpoint } from '../support/example-checkpoint.ts';

const directory = mkdtempSync(join(tmpdir(), 'lockstep-weights-'));
const path = join(directory, 'weights.safetensors');
afterAll(() => rmSync(directory, { recursive: true }));

describe('writeWeights and readWeights', () => {
  test('give back every bit, not-a-number payloads too', async () => {
    const parameters = initialParameters(1);
    new Uint32Array(parameters.buffer).set([0x7fc0_1234, 0xff80_0001, 0x8000_0000, 1]);
    await writeWeights(path, parameters, { epoch: '4' });
    const { parameters: read } = await readWeights(path);
    expect(new Uint32Array(read.buffer)).toEqual(new Uint32Array(parameters.buffer));
    expect(Object.fromEntries((await readSafetensors(path)).metadata)).toEqual({ format: 'pt', epoch: '4' });
  });
});

describe('readWeights', () => {
  const model: NamedTensor[] = parameterTensors.map(({ name, shape, length }) => ({
    name,
    shape,
    data: new Float32Array(length),
  }));

  test('takes the tensors by name, not by position', async () => {
    const numbered = model.map((tensor, index) => ({ ...tensor, data: tensor.data.slice().fill(index) }));
    writeFileSync(path, encodeSafetensors(numbered.toReversed(), {}));
    const { parameters } = await readWeights(path);
    expect(parameterTensors.map(({ offset }) => parameters[offset])).toEqual(model.map((_, index) => index));
  });

  test('names every tensor that is missing, extra or of another shape, in one error', async () => {
    const tensors = model
      .filter(({ name }) => name !== 'f5.bias')
      .map((tensor) => (tensor.name === 'f6.weight' ? { ...tensor, shape: [120, 84] } : tensor));
    tensors.push({ name: 'f8.weight\u001b', shape: [1], data: new Float32Array(1) });
    writeFileSync(path, encodeSafetensors(tensors, {}));
    const error = await readWeights(path).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).message.split('\n')).toEqual([
      `${path}: not the weights of this model:`,
      '  f5.bias is missing, expected F32 [120]',
      '  f6.weight is F32 [120, 84], expected F32 [84, 120]',
      '  "f8.weight\\u001b" is no tensor of the model',
    ]);
  });

  test('refuses another element type of the same size', async () => {
    const file = encodeSafetensors(model, {});
    const header = new TextDecoder('latin1').decode(file.subarray(0, 2000));
    file.set(new TextEncoder().encode('I32'), header.indexOf('F32'));
    writeFileSync(path, file);
    await expect(readWeights(path)).rejects.toThrow('conv1.weight is I32 [6, 1, 5, 5], expected F32');
  });

  test('takes a checkpoint for the weights of its step', async () => {
    writeFileSync(path, encodeCheckpoint(exampleCheckpoint(12)));
    const { parameters, metadata } = await readWeights(path);
    expect(parameters).toEqual(exampleCheckpoint(12).parameters);
    expect(metadata.has('config')).toBe(true);
  });

  test('takes the moving average of a run that validates it', async () => {
    const averages = initialParameters(5);
    const checkpoint = exampleCheckpoint(12);
    const config = { ...checkpoint.config, emaDecay: 0.9 };
    writeFileSync(path, encodeCheckpoint({ ...checkpoint, config, averages }));
    expect((await readWeights(path)).parameters).toEqual(averages);
  });

  test('refuses a damaged checkpoint', async () => {
    const bytes = encodeCheckpoint(exampleCheckpoint(12));
    bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
    writeFileSync(path, bytes);
    await expect(readWeights(path)).rejects.toMatchObject({
      message: expect.stringMatching(/damaged: its SHA-256 is/),
      nextStep: expect.stringContaining('best.safetensors'),
    });
  });

  test('counts the tensors of a much larger model instead of naming them all', async () => {
    const extra = Array.from({ length: 25 }, (_, index) => ({
      name: `block${index}`,
      shape: [1],
      data: new Float32Array(1),
    }));
    writeFileSync(path, encodeSafetensors([...model, ...extra], {}));
    await expect(readWeights(path)).rejects.toThrow('… and 5 more');
  });
});
