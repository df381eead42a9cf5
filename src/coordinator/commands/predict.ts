import { availableParallelism } from 'node:os';
import { styleText } from 'node:util';
import { ConfigError, exitCodes } from '../../shared/errors.ts';
import type { Inversion } from '../predict/model-input.ts';
import { type ImagePrediction, type PredictionReport, predictImages } from '../predict/predict-images.ts';
import { formatCount, formatTable } from '../terminal/table.ts';
import { findWeights } from './find-weights.ts';

interface PredictOptions {
  invert: Inversion;
  limit: number | undefined;
  labels: string | undefined;
  json: boolean;
  workers: number | undefined;
}

/** Rows of an IDX file in the table; who wants all asks for JSON. */
const shownOfIdx = 20;

/** `lockstep predict RUN_OR_FILE IMAGE…`: classifies pictures, or the images of IDX files. */
export async function predictCommand(
  runOrFile: string,
  files: readonly string[],
  options: PredictOptions,
): Promise<void> {
  if (/\.(png|jpe?g)$/i.test(runOrFile)) {
    throw new ConfigError(
      [`the run or weights file comes first, got the picture ${runOrFile}.`],
      'For example: lockstep predict RUN shirt.png boot.jpg',
    );
  }
  const report = await predictImages(
    {
      weightsFile: await findWeights(runOrFile),
      files,
      inversion: options.invert,
      limit: options.limit ?? Number.POSITIVE_INFINITY,
      labelsFile: options.labels,
      detailed: options.json ? Number.POSITIVE_INFINITY : shownOfIdx,
      workers: options.workers ?? availableParallelism(),
    },
    (text) => console.error(`${styleText('yellow', 'note:', { stream: process.stderr })} ${text}`),
  );
  if (options.json) console.log(JSON.stringify(reportAsJson(report), null, 2));
  else if (report.count > 0) printReport(report);
  const label = styleText('red', 'error:', { stream: process.stderr });
  for (const { error } of report.failures) console.error(`${label} ${error.message}`);
  if (report.failures.length > 0) process.exitCode = exitCodes.data;
}

function reportAsJson({ failures, ...report }: PredictionReport) {
  return { ...report, failures: failures.map(({ file, error }) => ({ file, error: error.message })) };
}

function printReport({ count, images, classes, accuracy }: PredictionReport): void {
  const hasLabels = images.some(({ actual }) => actual !== undefined);
  const hasPictures = images.some(({ preparation }) => preparation !== undefined);
  const rows = images.map((image) => [
    image.index === undefined ? image.file : `${image.file} [${image.index}]`,
    ...(hasPictures ? [describePreparation(image)] : []),
    ...(hasLabels ? [image.actual ?? ''] : []),
    ...image.top.map(({ name, probability }) => `${name} ${(probability * 100).toFixed(1)} %`),
  ]);
  const header = [
    'image',
    ...(hasPictures ? ['taken as'] : []),
    ...(hasLabels ? ['actual'] : []),
    'prediction',
    'second',
    'third',
  ];
  console.log(formatTable(header, rows, header.length));
  if (count > images.length) {
    console.log(`… and ${formatCount(count - images.length)} more; --json lists all.\n`);
    const found = classes.map(({ name, count }) => [name, count]);
    console.log(formatTable(['predicted class', 'images'], found));
  }
  if (accuracy !== undefined)
    console.log(`\naccuracy: ${accuracy.toFixed(4)} of ${formatCount(count)} images`);
}

function describePreparation({ preparation }: ImagePrediction): string {
  if (preparation === undefined) return '';
  const { width, height, inverted } = preparation;
  return `${width}×${height}${inverted ? ', inverted' : ''}`;
}
