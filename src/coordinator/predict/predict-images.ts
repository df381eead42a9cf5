import { ConfigError, DataError } from '../../shared/errors.ts';
import { classCount, classNames } from '../../shared/model.ts';
import { classProbabilities } from '../class-probabilities.ts';
import { classify } from '../classify.ts';
import { evaluationMicroBatch } from '../evaluator.ts';
import { readWeights } from '../weights-file.ts';
import { modelOf } from '../weights-model.ts';
import type { Inversion } from './model-input.ts';
import { type PredictionInput, readInputs, readLabels } from './read-inputs.ts';

export interface PredictionRequest {
  weightsFile: string;
  /** PNG, JPEG and IDX files. */
  files: readonly string[];
  inversion: Inversion;
  /** Images of each IDX file to take at most. */
  limit: number;
  /** An IDX file with the labels of the only file's images. */
  labelsFile: string | undefined;
  /** Images of each IDX file that are told of one by one; the others are counted only. Pictures always are. */
  detailed: number;
  workers: number;
}

/** A class and how probable the model holds it, 0 to 1. */
interface RankedClass {
  label: number;
  name: string;
  probability: number;
}

export interface ImagePrediction extends Omit<PredictionInput, 'pixels'> {
  /** What the image is, where labels were given. */
  actual: string | undefined;
  /** The three most probable classes; the first one is the prediction. */
  top: RankedClass[];
}

export interface PredictionReport {
  /** Of all images. */
  count: number;
  /** Those that are told of one by one. */
  images: ImagePrediction[];
  /** Images by predicted class. */
  classes: { name: string; count: number }[];
  /** Ratio, where labels were given. */
  accuracy: number | undefined;
  /** Files that could not be used. */
  failures: { file: string; error: DataError }[];
}

const rankedClasses = 3;

/**
 * Classifies the images of all files together. A file that cannot be used is reported, and the others are classified.
 * @throws DataError when the weights or the labels cannot be used; ConfigError when the labels are more or fewer than the images
 */
export async function predictImages(
  request: PredictionRequest,
  onNotice: (text: string) => void,
): Promise<PredictionReport> {
  const weights = await readWeights(request.weightsFile);
  const labels = request.labelsFile === undefined ? undefined : await readLabels(request.labelsFile);
  const { inputs, failures } = await readAll(request);
  if (inputs.length === 0) {
    return { count: 0, images: [], classes: [], accuracy: undefined, failures };
  }
  const actual = labels === undefined ? undefined : matchLabels(labels, inputs, request);
  const images = Buffer.concat(inputs.map(({ pixels }) => pixels));
  const trained = { parameters: weights.parameters, model: modelOf(weights), workers: request.workers };
  const { predictions } = await classify(
    // Without labels nobody asks for the loss.
    { ...trained, images, labels: actual ?? new Uint8Array(inputs.length), microBatch: evaluationMicroBatch },
    onNotice,
  );
  const shown = [...inputs.entries()].filter(([, { index = 0 }]) => index < request.detailed);
  const { probabilities } = await classProbabilities(
    { ...trained, images: Buffer.concat(shown.map(([, { pixels }]) => pixels)) },
    onNotice,
  );
  return {
    count: inputs.length,
    images: shown.map(([position, { pixels: _, ...input }], row) => ({
      ...input,
      actual: actual === undefined ? undefined : classNames[actual[position] as number],
      top: rankClasses(
        probabilities.subarray(row * classCount, (row + 1) * classCount),
        predictions[position] as number,
      ),
    })),
    classes: classNames.map((name, label) => ({
      name,
      count: predictions.filter((prediction) => prediction === label).length,
    })),
    accuracy:
      actual === undefined
        ? undefined
        : actual.filter((label, index) => label === predictions[index]).length / inputs.length,
    failures,
  };
}

async function readAll({ files, inversion, limit }: PredictionRequest) {
  const inputs: PredictionInput[] = [];
  const failures: PredictionReport['failures'] = [];
  for (const file of files) {
    try {
      for (const input of await readInputs(file, { inversion, limit })) inputs.push(input);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      failures.push({ file, error });
    }
  }
  return { inputs, failures };
}

/** The labels of the images that were taken. */
function matchLabels(
  labels: Uint8Array,
  inputs: readonly PredictionInput[],
  { files, limit, labelsFile }: PredictionRequest,
): Uint8Array {
  const isLimited = inputs.length === limit && labels.length > limit;
  if (files.length === 1 && (labels.length === inputs.length || isLimited)) {
    return labels.subarray(0, inputs.length);
  }
  throw new ConfigError(
    files.length === 1
      ? [
          `${labelsFile}: ${labels.length} labels, expected ${inputs.length}: one for each image of ${files[0]}.`,
        ]
      : [`--labels takes one IDX file of images, got ${files.length} files.`],
  );
}

/** The prediction first: where rounding makes two classes equally probable, the kernels still know the larger logit. */
function rankClasses(probabilities: Float64Array, prediction: number): RankedClass[] {
  const others = [...probabilities.keys()]
    .filter((label) => label !== prediction)
    .sort((one, other) => (probabilities[other] as number) - (probabilities[one] as number) || one - other);
  return [prediction, ...others].slice(0, rankedClasses).map((label) => ({
    label,
    name: classNames[label] as string,
    probability: probabilities[label] as number,
  }));
}
