import type { Config } from '../shared/config.ts';
import { DataError } from '../shared/errors.ts';
import { classCount, classNames } from '../shared/model.ts';
import { splitIndices } from '../shared/sampler.ts';
import { type ClassScores, classScores, confusionMatrix } from './classification-report.ts';
import type { Scores } from './data-parallel.ts';
import { readDataset } from './dataset/load-dataset.ts';
import { locateDataset } from './dataset/locate-dataset.ts';
import { startForwardSession } from './forward-session.ts';
import { type DatasetListeners, validationFraction } from './training-setup.ts';
import { readWeights } from './weights-file.ts';
import { configOf, modelOf } from './weights-model.ts';

export interface EvaluationRequest {
  /** A safetensors file with the weights. */
  weightsFile: string;
  split: 'test' | 'validation';
  workers: number;
  /** Folder with the data set; by default found or fetched. */
  data?: string | undefined;
}

export interface EvaluationReport extends Scores {
  split: EvaluationRequest['split'];
  samples: number;
  classes: (ClassScores & { name: string })[];
  /** Row = true class, column = predicted class. */
  confusionMatrix: number[][];
}

/**
 * Samples of a forward task. Fixed, whatever the run was trained with: sums are rounded in this grouping, so the same
 * weights have the same loss to the last bit.
 */
export const evaluationMicroBatch = 16;

/**
 * Scores weights on the test images, or on the validation part of the run that they come from.
 * @throws DataError when the weights or the data are missing or damaged
 */
export async function evaluateWeights(
  request: EvaluationRequest,
  listeners: DatasetListeners = {},
): Promise<EvaluationReport> {
  const { weightsFile, split, workers } = request;
  const weights = await readWeights(weightsFile);
  const config = split === 'validation' ? requireConfig(configOf(weights), weightsFile) : undefined;
  const file = config === undefined ? 'test' : 'train';
  const files = await locateDataset({
    directory: request.data ?? config?.data,
    splits: [file],
    ...listeners,
  });
  const { count } = files.splits[file];
  const samples =
    config === undefined
      ? Uint32Array.from({ length: count }, (_, index) => index)
      : splitIndices(config.seed, count, validationFraction).validation.subarray(0, config.limitVal);

  const session = await startForwardSession(
    {
      parameters: weights.parameters,
      model: modelOf(weights),
      images: count,
      samples,
      microBatch: evaluationMicroBatch,
      workers,
      load: async (memory) => void (await readDataset(files, { train: memory, test: memory })),
    },
    listeners.onNotice,
  );
  try {
    const { memory } = session;
    const scores = await session.evaluate();
    const labels = Uint8Array.from(samples, (sample) => memory.labels[sample] as number);
    const matrix = confusionMatrix(labels, memory.predictions, classCount);
    const classes = classScores(matrix).map((each, label) => ({
      name: classNames[label] as string,
      ...each,
    }));
    return { split, samples: samples.length, ...scores, classes, confusionMatrix: matrix };
  } finally {
    await session.stop();
  }
}

/** It tells which samples were held out. */
function requireConfig(config: Config | undefined, path: string): Config {
  if (config !== undefined) return config;
  throw new DataError(
    `${path} does not say which samples its run held out for validation (no "config" in its metadata).`,
    'Evaluate weights that lockstep wrote, or use --split test.',
  );
}
