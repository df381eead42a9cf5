import { classCount, classNames, imageSize } from '../../shared/model.ts';
import type { ModelOptions } from '../../shared/model-options.ts';
import type { Mistake, TestResults } from '../../shared/report-view.ts';
import { classScores, confusionMatrix } from '../classification-report.ts';
import { classify } from '../classify.ts';
import type { SplitTarget } from '../dataset/load-dataset.ts';
import { evaluationMicroBatch } from '../evaluator.ts';

/** Pictures in a report. */
const mostMistakes = 60;

/** A model and its parameters, float32[parameterLayout(model).length]. */
interface TrainedModel {
  model: ModelOptions;
  parameters: Float32Array;
}

/** Scores weights on the test images, and finds the mistakes that they are surest of. */
export async function testResults(
  trained: TrainedModel,
  test: SplitTarget,
  workers: number,
  onNotice: (text: string) => void,
): Promise<TestResults> {
  const { images, labels } = test;
  const { predictions, loss, accuracy } = await classify(
    { ...trained, images, labels, microBatch: evaluationMicroBatch, workers },
    onNotice,
  );
  const confusion = confusionMatrix(labels, predictions, classCount);
  const classes = classScores(confusion).map(({ support, ...scores }, label) => ({
    name: classNames[label] as string,
    ...scores,
    samples: support,
  }));
  const wrong = [...labels.keys()].filter((index) => predictions[index] !== labels[index]);
  const probabilities = await predictedProbabilities(trained, test, predictions, wrong, workers, onNotice);
  const mistakes = wrong
    .map((index, position): Mistake => {
      const image = imageAt(images, index);
      return {
        index,
        actual: labels[index] as number,
        predicted: predictions[index] as number,
        probability: probabilities[position] as number,
        image: Buffer.from(image).toString('base64'),
      };
    })
    .sort((one, other) => other.probability - one.probability || one.index - other.index)
    .slice(0, mostMistakes);
  return { samples: labels.length, accuracy, loss, confusion, classes, mistakes };
}

/**
 * How probable the model holds what it takes some images for. The kernels tell of each micro-batch the cross-entropy
 * against its labels: with one image in each, and its prediction for its label, that is -ln of the probability.
 */
async function predictedProbabilities(
  trained: TrainedModel,
  { images }: SplitTarget,
  predictions: Uint8Array,
  indices: readonly number[],
  workers: number,
  onNotice: (text: string) => void,
): Promise<number[]> {
  if (indices.length === 0) return [];
  const chosen = new Uint8Array(indices.length * imageSize);
  for (const [position, index] of indices.entries()) chosen.set(imageAt(images, index), position * imageSize);
  const labels = Uint8Array.from(indices, (index) => predictions[index] as number);
  const { lossSums } = await classify(
    { ...trained, images: chosen, labels, microBatch: 1, workers },
    onNotice,
  );
  return lossSums.map((loss) => Math.exp(-loss));
}

function imageAt(images: Uint8Array, index: number): Uint8Array {
  return images.subarray(index * imageSize, (index + 1) * imageSize);
}
