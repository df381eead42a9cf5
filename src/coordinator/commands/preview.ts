import { relative } from 'node:path';
import type { Config } from '../../shared/config.ts';
import { engineOptions } from '../../shared/engine-options.ts';
import { ConfigError } from '../../shared/errors.ts';
import { classNames, imageSize } from '../../shared/model.ts';
import { splitIndices } from '../../shared/sampler.ts';
import { writeSheet } from '../charts/write-charts.ts';
import { readEnvironment, readFlags, readPreset, type SettingKey } from '../config/config-sources.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { loadDataset } from '../dataset/load-dataset.ts';
import { augmentImages } from '../preview/augmented-images.ts';
import { chooseSamples } from '../preview/choose-samples.ts';
import { showDatasetProgress } from '../terminal/dataset-progress.ts';
import { validationFraction } from '../training-setup.ts';

/** The settings that a preview depends on: they are flags of its own. */
export const previewKeys: readonly SettingKey[] = [
  'augmentFlip',
  'augmentShift',
  'augmentRotation',
  'augmentErasing',
  'seed',
  'data',
];

/** What a preview takes beside settings, by the name of the flag. */
interface PreviewOptions {
  config?: string;
  samples: number;
  /** First and last, 1-based. */
  epochs: readonly [number, number];
  output: string;
}

/** `lockstep preview`: draws training images beside what the epochs of a run with these settings see of them. */
export async function previewCommand(
  flags: Readonly<Record<string, unknown>> & PreviewOptions,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const sources = [
    readFlags(Object.fromEntries(previewKeys.map((key) => [key, flags[key]]))),
    readEnvironment(environment),
    ...(flags.config === undefined ? [] : [readPreset(flags.config)]),
  ];
  const config = resolveConfig(sources, 1);
  const options = engineOptions(config);
  const described = describeAugmentation(config);
  if (described.length === 0) {
    throw new ConfigError(
      ['these settings change no image: a run sees them as they are.'],
      'Add --augment-flip, --augment-shift, --augment-rotation or --augment-erasing.',
    );
  }
  const dataset = showDatasetProgress(process.stderr);
  const { train } = await loadDataset({ directory: config.data, splits: ['train'], ...dataset });
  dataset.done();
  const candidates = splitIndices(config.seed, train.labels.length, validationFraction).train;
  const samples = chooseSamples(candidates.subarray(0, config.limitTrain), train.labels, flags.samples);
  const originals = new Uint8Array(samples.length * imageSize);
  for (const [row, sample] of samples.entries())
    originals.set(imageAt(train.images, sample), row * imageSize);
  const [first, last] = flags.epochs;
  const epochs = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const augmented = await augmentImages(options, originals, samples, epochs);
  const picture = await writeSheet(flags.output.replace(/\.(svg|png)$/, ''), {
    title: 'What the training sees',
    subtitle: [...described, `seed ${config.seed}`].join(' · '),
    columns: ['Original', ...epochs.map((epoch) => `Epoch ${epoch}`)],
    rows: Array.from(samples, (sample, row) => ({
      label: classNames[train.labels[sample] as number] as string,
      note: `image ${sample}`,
      images: [originals, ...augmented].map((images) => imageAt(images, row)),
    })),
  });
  console.log(`drawn in ${relativePath(picture)}`);
}

function imageAt(images: Uint8Array, index: number): Uint8Array {
  return images.subarray(index * imageSize, (index + 1) * imageSize);
}

function describeAugmentation(config: Config): string[] {
  const { augmentFlip, augmentShift, augmentRotation, augmentErasing } = config;
  return [
    ...(augmentFlip ? ['half of them mirrored'] : []),
    ...(augmentShift > 0
      ? [`shifted by up to ${augmentShift} ${augmentShift === 1 ? 'pixel' : 'pixels'}`]
      : []),
    ...(augmentRotation > 0 ? [`turned by up to ${augmentRotation}°`] : []),
    ...(augmentErasing > 0
      ? [`a rectangle blackened in ${Number((100 * augmentErasing).toFixed(1))} %`]
      : []),
  ];
}

function relativePath(path: string): string {
  const fromHere = relative('', path);
  return fromHere.startsWith('..') ? path : fromHere;
}
