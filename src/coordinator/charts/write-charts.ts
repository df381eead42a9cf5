import { writeFileAtomically } from '../atomic-file.ts';
import type { EpochRecord } from '../run/history.ts';
import type { Sheet } from './image-sheet.ts';
import type { SweepRow } from './sweep-chart.ts';

/*
 * The drawing libraries are loaded when something is drawn: a command that draws nothing, and a run's first step, need not
 * wait for them.
 */

/**
 * Draws loss and accuracy over the epochs, of one run or of several, as SVG and PNG.
 * @param path without suffix
 * @returns the path of the PNG
 */
export async function writeCurves(
  path: string,
  runs: readonly { label: string; history: readonly EpochRecord[] }[],
): Promise<string> {
  const { drawCurves } = await import('./curves.ts');
  return writePicture(path, await drawCurves(runs));
}

/**
 * Draws a confusion matrix as SVG and PNG.
 * @param path without suffix
 * @returns the path of the PNG
 */
export async function writeConfusionMatrix(
  path: string,
  report: { confusionMatrix: readonly (readonly number[])[]; classes: readonly { name: string }[] },
  title: string,
): Promise<string> {
  const { drawConfusionMatrix } = await import('./confusion-matrix.ts');
  const names = report.classes.map(({ name }) => name);
  return writePicture(path, await drawConfusionMatrix(report.confusionMatrix, names, title));
}

/**
 * Draws the accuracies of a sweep's runs, as SVG and PNG.
 * @param path without suffix
 * @param rows the best configuration first, at least one
 * @returns the path of the PNG
 */
export async function writeSweepChart(
  path: string,
  title: string,
  rows: readonly SweepRow[],
): Promise<string> {
  const { drawSweep } = await import('./sweep-chart.ts');
  return writePicture(path, await drawSweep(title, rows));
}

/**
 * Draws images beside what becomes of them, as SVG and PNG.
 * @param path without suffix
 * @returns the path of the PNG
 */
export async function writeSheet(path: string, sheet: Sheet): Promise<string> {
  const { drawSheet } = await import('./image-sheet.ts');
  return writePicture(path, drawSheet(sheet));
}

async function writePicture(path: string, svg: string): Promise<string> {
  const { renderPng } = await import('./render.ts');
  const png = `${path}.png`;
  await Promise.all([
    writeFileAtomically(`${path}.svg`, svg),
    renderPng(svg).then((bytes) => writeFileAtomically(png, bytes)),
  ]);
  return png;
}
