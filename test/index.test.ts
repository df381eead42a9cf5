import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  ConfigError,
  createEngine,
  initialParameters,
  loadDataset,
  parameterCount,
  parameterTensors,
  train,
  viewParameter,
} from '../src/index.ts';
import { lossAndGradients } from './reference/reference-engine.ts';
import { sliceDirectory, temporaryFolder } from './support/training.ts';

const folder = temporaryFolder();

describe('the library', () => {
  test('a loop of one’s own over data set and engine lowers the loss', async () => {
    const { train: data } = await loadDataset({ directory: sliceDirectory, splits: ['train'] });
    const batch = { images: data.images.subarray(0, 100 * 784), labels: data.labels.subarray(0, 100) };
    const engine = await createEngine();
    const parameters = initialParameters(1);
    const losses: number[] = [];
    for (let step = 0; step < 20; step++) {
      const { lossSum, gradientSums } = await engine.lossAndGradients({ parameters, ...batch });
      losses.push(lossSum / 100);
      for (const [index, gradient] of gradientSums.entries()) {
        parameters[index] = (parameters[index] as number) - (0.1 * gradient) / 100;
      }
    }
    await engine.dispose();
    expect(losses.at(-1)).toBeLessThan(losses[0] as number);
  });

  test('an engine agrees with the float64 reference, whatever it computed before', async () => {
    const { test: data } = await loadDataset({ directory: sliceDirectory, splits: ['test'] });
    const engine = await createEngine({ maximumBatch: 50 });
    const parameters = initialParameters(2);
    await engine.evaluate({
      parameters: initialParameters(3),
      images: data.images.subarray(0, 50 * 784),
      labels: data.labels.subarray(0, 50),
    });
    const batch = {
      parameters,
      images: data.images.subarray(0, 9 * 784),
      labels: data.labels.subarray(0, 9),
    };
    const { gradientSums, lossSum, correct } = await engine.lossAndGradients(batch);
    const reference = lossAndGradients(batch);
    expect(lossSum).toBeCloseTo(reference.lossSum, 4);
    expect(correct).toBe(reference.correct);
    expect((await engine.evaluate(batch)).predictions).toEqual(reference.predictions);
    for (const tensor of parameterTensors) {
      const computed = viewParameter(gradientSums, tensor);
      const exact = reference.gradientSums.subarray(tensor.offset, tensor.offset + tensor.length);
      const difference = Math.hypot(...computed.map((value, index) => value - (exact[index] as number)));
      expect(difference / Math.hypot(...exact)).toBeLessThan(1e-5);
    }
  });

  test('an engine refuses arrays that do not fit together', async () => {
    const engine = await createEngine({ maximumBatch: 4 });
    const parameters = new Float32Array(parameterCount);
    const call = (images: number, labels: number, values = parameters) =>
      engine.evaluate({
        parameters: values,
        images: new Uint8Array(images * 784),
        labels: new Uint8Array(labels),
      });
    await expect(call(5, 5)).rejects.toThrow('a batch must hold 1 to 4 samples, got 5 labels');
    await expect(call(0, 0)).rejects.toThrow('got 0 labels');
    await expect(call(2, 3)).rejects.toThrow('3 labels go with 2352 bytes of images, got 1568');
    await expect(call(1, 1, parameters.subarray(1))).rejects.toThrow('must hold 61706 values, got 61705');
  });

  test('train runs in silence and tells the listener of each epoch', async () => {
    const epochs: number[] = [];
    const run = await train(
      { epochs: 2, workers: 2, data: sliceDirectory, limitTrain: 128, runDir: join(folder, 'run') },
      { listener: { onEpochEnd: ({ epoch }) => epochs.push(epoch) } },
    );
    expect(epochs).toEqual([1, 2]);
    expect(run.history).toHaveLength(2);
    expect(run.result?.weightsSha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test('train refuses a setting that it does not know, as the command does', async () => {
    const settings = { epochs: 1, bachSize: 3 } as unknown as Parameters<typeof train>[0];
    await expect(train(settings)).rejects.toThrow(ConfigError);
    await expect(train(settings)).rejects.toThrow(
      'unknown setting "bachSize" in the settings; did you mean "batchSize"?',
    );
  });
});
