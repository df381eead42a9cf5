/**
 * LeNet-5 on FashionMNIST in TensorFlow.js: batch 128, Adam, tensors in memory, `optimizer.minimize` on slices of them.
 *
 *     node build/bench/peers/tfjs.js --backend tensorflow --epochs 2 --data DIR
 *
 * Prints one line of JSON, much as the programs in Python do. The backend `tensorflow` is tfjs-node, whose addon calls libtensorflow;
 * `cpu` is plain JavaScript. To install both: npm run setup:cuda -- --tensorflow pypi --cpu
 */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type * as Core from '@tensorflow/tfjs-core';
import type * as Layers from '@tensorflow/tfjs-layers';
import { loadDataset } from '../../src/coordinator/dataset/load-dataset.ts';
import { trainingSamples } from '../../src/coordinator/dataset/reference-split.ts';
import { restoreRemovedUtilFunctions } from '../../src/worker/tfjs/node-shim.ts';
import { reportFailures } from '../report-failures.ts';

/** What the package of TensorFlow.js as a whole offers. */
type TensorFlow = typeof Core & {
  layers: typeof Layers.layers;
  sequential: typeof Layers.sequential;
  initializers: typeof Layers.initializers;
};

reportFailures();
const { values: options } = parseArgs({
  options: {
    backend: { type: 'string', default: 'tensorflow' },
    epochs: { type: 'string', default: '2' },
    'batch-size': { type: 'string', default: '128' },
    batches: { type: 'string' },
    evaluate: { type: 'boolean', default: false },
    data: { type: 'string' },
  },
});
const batchSize = Number(options['batch-size']);

restoreRemovedUtilFunctions();
// Beside the repository's package.json, which the benchmark is run from.
const require = createRequire(resolve('.devices', 'tensorflow', 'package.json'));
const tensorflow: TensorFlow = require('@tensorflow/tfjs-node-gpu');
await tensorflow.setBackend(options.backend);

const dataset = await loadDataset({ directory: options.data });
const order = tensorflow.util.createShuffledIndices(dataset.train.labels.length);
const training = toTensors(dataset.train, order.subarray(0, trainingSamples));
const validation = toTensors(dataset.train, order.subarray(trainingSamples));
const test = toTensors(dataset.test, Uint32Array.from(dataset.test.labels.keys()));
const model = buildModel();
const optimizer = tensorflow.train.adam(1e-3, 0.9, 0.999, 1e-8);

const firstStepAt = Date.now() / 1000;
const epochs: Epoch[] = [];
let elapsed = 0;
for (let epoch = 0; epoch < Number(options.epochs); epoch++) {
  const started = performance.now();
  const { loss, samples } = await trainEpoch();
  const seconds = (performance.now() - started) / 1000;
  const figures = { seconds, samples_per_second: samples / seconds, loss };
  const accuracy = options.evaluate ? { validation_accuracy: await evaluate(validation) } : {};
  elapsed += (performance.now() - started) / 1000;
  const epochFigures: Epoch = { ...figures, ...accuracy, seconds_since_first_step: elapsed };
  // Not part of the time.
  if (options.evaluate) epochFigures.test_accuracy = await evaluate(test);
  epochs.push(epochFigures);
}

const sumOf = (figure: (epoch: (typeof epochs)[number]) => number) =>
  epochs.reduce((sum, epoch) => sum + figure(epoch), 0);
console.log(
  JSON.stringify({
    samples_per_second:
      sumOf((epoch) => epoch.samples_per_second * epoch.seconds) / sumOf((epoch) => epoch.seconds),
    epochs,
    first_step_at: firstStepAt,
    peak_memory_bytes: process.resourceUsage().maxRSS * 1024,
    versions: { tfjs: tensorflow.version_core, ...tensorflowVersion() },
    blas: options.backend === 'tensorflow' ? 'oneDNN' : 'JavaScript',
  }),
);

interface Epoch {
  seconds: number;
  samples_per_second: number;
  loss: number;
  seconds_since_first_step: number;
  validation_accuracy?: number;
  test_accuracy?: number;
}

interface Samples {
  /** float32[n, 28, 28, 1] in [0, 1]. */
  images: Core.Tensor4D;
  /** float32[n, 10], one-hot. */
  labels: Core.Tensor2D;
}

function toTensors(
  { images, labels }: { images: Uint8Array; labels: Uint8Array },
  chosen: Uint32Array,
): Samples {
  const { tidy, tensor1d, tensor2d, gather, cast, div, oneHot, reshape } = tensorflow;
  return tidy(() => {
    const indices = Int32Array.from(chosen);
    const pixels = gather(tensor2d(images, [labels.length, 784], 'int32'), indices);
    return {
      images: reshape(div(cast(pixels, 'float32'), 255), [-1, 28, 28, 1]) as Core.Tensor4D,
      labels: cast(oneHot(gather(tensor1d(labels, 'int32'), indices), 10), 'float32') as Core.Tensor2D,
    };
  });
}

function buildModel(): Layers.LayersModel {
  const { layers } = tensorflow;
  // PyTorch's initial values: uniform in ±1/√fan_in.
  const uniform = (fanIn: number) => {
    const initial = tensorflow.initializers.randomUniform({
      minval: -(fanIn ** -0.5),
      maxval: fanIn ** -0.5,
    });
    return { kernelInitializer: initial, biasInitializer: initial };
  };
  const activation = 'sigmoid';
  return tensorflow.sequential({
    layers: [
      layers.conv2d({
        inputShape: [28, 28, 1],
        filters: 6,
        kernelSize: 5,
        padding: 'same',
        activation,
        ...uniform(25),
      }),
      layers.averagePooling2d({ poolSize: 2 }),
      layers.conv2d({ filters: 16, kernelSize: 5, activation, ...uniform(150) }),
      layers.averagePooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 120, activation, ...uniform(400) }),
      layers.dense({ units: 84, activation, ...uniform(120) }),
      layers.dense({ units: 10, ...uniform(84) }),
    ],
  });
}

async function trainEpoch(): Promise<{ loss: number; samples: number }> {
  const shuffled = tensorflow.util.createShuffledIndices(trainingSamples);
  const losses: Core.Scalar[] = [];
  const end = Math.min(trainingSamples, batchSize * Number(options.batches ?? Number.POSITIVE_INFINITY));
  for (let start = 0; start < end; start += batchSize) {
    const batch = Int32Array.from(shuffled.subarray(start, Math.min(start + batchSize, end)));
    const loss = tensorflow.tidy(
      () =>
        optimizer.minimize(() => {
          const images = tensorflow.gather(training.images, batch);
          const logits = model.apply(images, { training: true }) as Core.Tensor2D;
          return tensorflow.losses.softmaxCrossEntropy(tensorflow.gather(training.labels, batch), logits);
        }, true) as Core.Scalar,
    );
    losses.push(loss);
  }
  const values = await Promise.all(losses.map((loss) => loss.data()));
  tensorflow.dispose(losses);
  return { loss: values.reduce((sum, [loss = Number.NaN]) => sum + loss, 0) / values.length, samples: end };
}

async function evaluate({ images, labels }: Samples): Promise<number> {
  const correct = tensorflow.tidy(() => {
    const predicted = model.predict(images, { batchSize: 1000 }) as Core.Tensor2D;
    const { argMax, equal, sum } = tensorflow;
    return sum(equal(argMax(predicted, 1), argMax(labels, 1)));
  });
  const [count = Number.NaN] = await correct.data();
  correct.dispose();
  return count / labels.shape[0];
}

/** Of libtensorflow, where that computes. */
function tensorflowVersion(): { tensorflow?: string } {
  const { binding } = tensorflow.backend() as Core.KernelBackend & { binding?: { TF_Version: string } };
  return binding === undefined ? {} : { tensorflow: binding.TF_Version };
}
