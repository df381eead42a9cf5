import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type ExportFormat, writeExport } from '../../../src/coordinator/export/write-export.ts';
import { writeWeights } from '../../../src/coordinator/weights-file.ts';
import { configSchema } from '../../../src/shared/config.ts';
import { activations, type ModelOptions, poolings } from '../../../src/shared/model-options.ts';
import { readFashionImages } from '../../reference/fashion-images.ts';
import { randomParameters } from '../../reference/random-values.ts';
import { lossAndGradients } from '../../reference/reference-engine.ts';
import {
  lossSumOf,
  missingForOnnx,
  missingForTorch,
  openPlainTfjs,
  predictionsOf,
  runOnnx,
  runTfjs,
  runTorch,
} from '../../support/exported-models.ts';
import { temporaryFolder } from '../../support/training.ts';

const folder = temporaryFolder();
const all = readFashionImages();
/** As many as the reference has time for. */
const count = 16;
const images = all.images.subarray(0, 784 * count);
const labels = all.labels.subarray(0, count);
const variants = activations.flatMap((activation) =>
  poolings.flatMap((pooling) => [false, true].map((batchNorm) => ({ activation, pooling, batchNorm }))),
);
const nameOf = ({ activation, pooling, batchNorm }: ModelOptions) =>
  `${activation}-${pooling}-${batchNorm ? 'normalized' : 'plain'}`;
/** Random, the running statistics too: a tensor that is left out or turned round is seen. */
const parametersOf = (model: ModelOptions) => randomParameters(5, 2, model);

/** Writes all variants in one format. */
async function exportAll(format: ExportFormat): Promise<string[]> {
  await mkdir(join(folder, format));
  return await Promise.all(
    variants.map((model) => {
      const weightsFile = join(folder, `${nameOf(model)}.safetensors`);
      return writeExport({ weightsFile, format, output: join(folder, format, `${nameOf(model)}.${format}`) });
    }),
  );
}

function expectAsReference(logits: readonly Float32Array[]): void {
  for (const [index, model] of variants.entries()) {
    const own = logits[index] as Float32Array;
    const { lossSum, predictions } = expected[index] as (typeof expected)[number];
    expect(Math.abs(lossSumOf(own, labels) / lossSum - 1), nameOf(model)).toBeLessThan(2e-6);
    expect(predictionsOf(own), nameOf(model)).toEqual(predictions);
  }
}

const expected = variants.map((model) =>
  lossAndGradients({ parameters: parametersOf(model), images, labels, model, evaluation: true }),
);

beforeAll(async () => {
  await Promise.all(
    variants.map(async (model) => {
      const config = configSchema.parse({ workers: 1, ...model });
      const path = join(folder, `${nameOf(model)}.safetensors`);
      await writeWeights(path, parametersOf(model), { config: JSON.stringify(config) });
    }),
  );
});

describe('every variant of the model', () => {
  test('has the float64 reference’s loss and predictions in onnxruntime, and passes onnx.checker where there is one', async (context) => {
    if (missingForOnnx !== undefined) context.skip(missingForOnnx);
    const results = runOnnx(images, await exportAll('onnx'), folder);
    expectAsReference(results.map(({ logits }) => logits));
    expect(results.map(({ description }) => description.metadata['pooling'])).toEqual(
      variants.map(({ pooling }) => pooling),
    );
  });

  test('has them in PyTorch, as load_state_dict takes the file', async (context) => {
    if (missingForTorch !== undefined) context.skip(missingForTorch);
    expectAsReference(runTorch(images, await exportAll('safetensors'), folder));
  });

  test('has them in TensorFlow.js', async () => {
    const library = await openPlainTfjs();
    const results: Float32Array[] = [];
    for (const path of await exportAll('tfjs')) {
      results.push((await runTfjs(library, dirname(path), images)).logits);
    }
    expectAsReference(results);
  });
});
