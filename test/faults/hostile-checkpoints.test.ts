import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  decodeCheckpoint,
  encodeCheckpoint,
  readCheckpoint,
} from '../../src/coordinator/checkpoint/checkpoint-file.ts';
import type { NamedTensor } from '../../src/coordinator/safetensors/writer.ts';
import { DataError } from '../../src/shared/errors.ts';
import { parameterTensors } from '../../src/shared/parameters.ts';
import { endCli } from '../support/cli-process.ts';
import { fingerprint } from '../support/resuming.ts';
import { sliceConfig, temporaryFolder, trainToEnd } from '../support/training.ts';
import { editMetadata, forgeCheckpoint, poisonTensor, sealCheckpoint } from './forged-checkpoint.ts';

const folder = temporaryFolder();
const run = join(folder, 'run');
/** After 7 steps of the second of two epochs, of 13 steps each. */
const newest = join(run, 'checkpoints/step-000000020.safetensors');
/** At the end of epoch 1. */
const atEpochEnd = join(run, 'checkpoints/step-000000013.safetensors');

let whole: Uint8Array;

beforeAll(async () => {
  await trainToEnd(sliceConfig({ checkpointEvery: '1 step', keepCheckpoints: 100, runDir: run }));
  whole = Uint8Array.from(readFileSync(newest));
});

const edit = (key: string, from: string | RegExp, to: string) => editMetadata(whole, key, from, to);
const poison = (prefix: string, value: number) => poisonTensor(whole, `${prefix}f6.bias`, value);
const withTensors = (change: (tensors: NamedTensor[]) => NamedTensor[]) =>
  forgeCheckpoint(whole, { tensors: change });

describe('a checkpoint with the right hash', () => {
  test('is taken when its content is untouched, so that what is refused below is refused for its content', () => {
    expect(Buffer.compare(forgeCheckpoint(whole, {}), whole)).toBe(0);
    expect(decodeCheckpoint(forgeCheckpoint(whole, {}), 'a').cursor).toEqual({
      epoch: 2,
      step: 7,
      globalStep: 20,
    });
  });

  test.each([
    { what: 'epoch 0', file: () => edit('cursor', '"epoch":2', '"epoch":0'), problem: '"cursor.epoch"' },
    { what: 'epoch 1.5', file: () => edit('cursor', '"epoch":2', '"epoch":1.5'), problem: '"cursor.epoch"' },
    {
      what: 'a negative step',
      file: () => edit('cursor', '"step":7', '"step":-7'),
      problem: '"cursor.step"',
    },
    {
      what: 'a step number that no int32 holds',
      file: () => edit('cursor', '"globalStep":20', '"globalStep":4294967316'),
      problem: '"cursor.globalStep"',
    },
    { what: 'an unknown field', file: () => edit('cursor', '{', '{"lr":1,'), problem: '"cursor"' },
    { what: '__proto__', file: () => edit('cursor', '{', '{"__proto__":{"epoch":1},'), problem: '"cursor"' },
    {
      what: 'NaN in its JSON',
      file: () => edit('totals', /"lossSum":[^,]+/, '"lossSum":NaN'),
      problem: 'not JSON',
    },
    {
      what: '1e999',
      file: () => edit('totals', /"lossSum":[^,]+/, '"lossSum":1e999'),
      problem: '"totals.lossSum"',
    },
    {
      what: 'a negative time',
      file: () => edit('totals', /"seconds":/, '"seconds":-'),
      problem: '"totals.seconds"',
    },
    { what: 'null for JSON', file: () => edit('cursor', /.*/, 'null'), problem: '"cursor"' },
    { what: 'another version', file: () => edit('format_version', '1', '2'), problem: '"format_version"' },
    {
      what: 'a missing value',
      file: () => forgeCheckpoint(whole, { metadata: ({ cursor: _, ...metadata }) => metadata }),
      problem: '"cursor"',
    },
    { what: 'an unknown setting', file: () => edit('config', '{', '{"momentum":0.9,'), problem: '"config"' },
    {
      what: 'batchSize 0',
      file: () => edit('config', '"batchSize":64', '"batchSize":0'),
      problem: '"config.batchSize"',
    },
    {
      what: 'micro-batches above the batch',
      file: () => edit('config', '"microBatch":12', '"microBatch":65'),
      problem: 'microBatch 65 is larger than batchSize 64',
    },
    {
      what: 'a hash that is none',
      file: () => edit('dataset', /[0-9a-f]{64}/, 'x'),
      problem: '"dataset.train.imagesSha256"',
    },
    {
      what: 'an epoch behind the last',
      file: () => edit('config', '"epochs":2', '"epochs":1'),
      problem: 'step 7 behind the last epoch',
    },
    {
      what: 'an epoch far behind the last',
      file: () => edit('cursor', '"epoch":2', '"epoch":4'),
      problem: 'epoch 4 of 2',
    },
    {
      what: 'a row of history too few',
      file: () => edit('history', /\n1,.*/, ''),
      problem: '0 rows of history in epoch 2',
    },
    {
      what: 'a row of history too many',
      file: () => edit('history', /\n1(,.*)\n/, '\n1$1\n2$1\n'),
      problem: '2 rows of history in epoch 2',
    },
    {
      what: 'a history without an epoch',
      file: () => edit('history', /\n1,/, '\n2,'),
      problem: 'epoch must be 1, got 2',
    },
    {
      what: 'NaN in the history',
      file: () => edit('history', /\n1,[^,]+/, '\n1,NaN'),
      problem: 'train_loss_all',
    },
    {
      what: 'fewer steps than the epochs before had',
      file: () => edit('cursor', '"globalStep":20', '"globalStep":7'),
      problem: 'globalStep 7 at step 7 of epoch 2',
    },
    {
      what: 'more steps in this epoch than in the one before',
      file: () => edit('cursor', '"step":7,"globalStep":20', '"step":17,"globalStep":20'),
      problem: 'globalStep 20 at step 17 of epoch 2',
    },
    {
      what: 'more correct predictions than samples',
      file: () => edit('totals', /"correct":\d+/, '"correct":449'),
      problem: '449 correct predictions after 7 steps of 64 samples',
    },
    {
      what: 'best weights of no epoch',
      file: () => edit('history', /[0-9a-f]{64}/, 'ab'.repeat(32)),
      problem: 'the best weights are not those of epoch 1 in the history',
    },
    {
      what: 'no best weights after an epoch',
      file: () => withTensors((tensors) => tensors.filter(({ name }) => !name.startsWith('best.'))),
      problem: '1 rows of history without best weights',
    },
    { what: 'a NaN weight', file: () => poison('', Number.NaN), problem: 'f6.bias[3] is NaN' },
    {
      what: 'an infinite weight',
      file: () => poison('', Number.POSITIVE_INFINITY),
      problem: 'f6.bias[3] is Infinity',
    },
    {
      what: 'a NaN moment',
      file: () => poison('adam.first_moment.', Number.NaN),
      problem: 'f6.bias[3] is NaN',
    },
    {
      what: 'a NaN square',
      file: () => poison('adam.second_moment.', Number.NaN),
      problem: 'the second moment of f6.bias[3] is NaN',
    },
    {
      what: 'a negative square',
      file: () => poison('adam.second_moment.', -1),
      problem: 'the second moment of f6.bias[3] is -1',
    },
    { what: 'a NaN best weight', file: () => poison('best.', Number.NaN), problem: 'f6.bias[3] is NaN' },
    {
      what: 'a missing tensor',
      file: () =>
        withTensors((tensors) => tensors.filter(({ name }) => name !== 'adam.second_moment.f7.bias')),
      problem: 'adam.second_moment.f7.bias is not F32 [10]',
    },
    {
      what: 'a tensor of another shape',
      file: () =>
        withTensors((tensors) =>
          tensors.map((each) => (each.name === 'f6.weight' ? { ...each, shape: [120, 84] } : each)),
        ),
      problem: 'f6.weight is not F32 [84, 120]',
    },
    {
      what: 'a tensor too many',
      file: () =>
        withTensors((tensors) => [...tensors, { name: 'f8.bias', shape: [1], data: new Float32Array(1) }]),
      problem: '41 tensors, expected 40',
    },
    {
      what: 'weights only',
      file: () =>
        sealCheckpoint(
          parameterTensors.map(({ name, shape, length }) => ({
            name,
            shape,
            data: new Float32Array(length),
          })),
          {},
        ),
      problem: '"format_version"',
    },
  ])('is refused for $what', ({ file, problem }) => {
    const bytes = file();
    expect(() => decodeCheckpoint(bytes, 'the file')).toThrow(DataError);
    expect(() => decodeCheckpoint(bytes, 'the file')).toThrow(/^the file: /);
    expect(() => decodeCheckpoint(bytes, 'the file')).toThrow(problem);
  });

  test('is refused at the end of an epoch for weights that the history does not know', async () => {
    const checkpoint = await readCheckpoint(atEpochEnd);
    checkpoint.parameters[0] = 1;
    const file = encodeCheckpoint(checkpoint);
    expect(() => decodeCheckpoint(file, 'a')).toThrow('the weights are not those of epoch 1 in the history');
  });

  test('is refused at the start of an epoch for a loss of no step', async () => {
    const checkpoint = await readCheckpoint(atEpochEnd);
    const file = encodeCheckpoint({ ...checkpoint, totals: { ...checkpoint.totals, lossSum: 1 } });
    expect(() => decodeCheckpoint(file, 'a')).toThrow("a loss of 1 before the epoch's first step");
  });

  test('is taken with an infinite square of a gradient, which is possible', () => {
    const { secondMoments } = decodeCheckpoint(poison('adam.second_moment.', Number.POSITIVE_INFINITY), 'a');
    expect(secondMoments).toContain(Number.POSITIVE_INFINITY);
  });

  test('but with steps that the data set does not have, ends the resume with exit code 3 and changes nothing', async () => {
    const forged = join(folder, 'forged');
    cpSync(run, forged, { recursive: true });
    const path = join(forged, 'checkpoints/step-000000027.safetensors');
    writeFileSync(path, edit('cursor', '"globalStep":20', '"globalStep":27'));
    const untouched = fingerprint(forged);
    const outcome = await endCli(['train', '--resume', forged]);
    expect(outcome).toMatchObject({ exitCode: 3, stdout: '' });
    expect(outcome.stderr).toContain(
      'the checkpoint stands at step 7 of epoch 2 after 27 steps, but an epoch of this run has 13 steps.',
    );
    expect(fingerprint(forged)).toEqual(untouched);
  });
});
