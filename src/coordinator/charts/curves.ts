import type { Spec } from 'vega';
import { ConfigError } from '../../shared/errors.ts';
import { valueDomain } from './axis-domains.ts';
import { comparisonLegend, maximumRuns, splitLegend } from './curve-legend.ts';
import { specifyPanel } from './curve-panel.ts';
import { listBestPoint, listPoints, type RunCurves } from './curve-points.ts';
import { renderSvg } from './render.ts';
import { chartConfig } from './theme.ts';

const pictureWidth = 800;
const panelTop = 48;
const panelWidth = 312;
const panelHeight = 222;
const lossLeft = 66;
const accuracyLeft = 470;
const legendTop = panelTop + panelHeight + 52;

/**
 * Draws loss and accuracy over the epochs, side by side, training and validation in each, as SVG of 800 units width.
 * One run is coloured by training and validation, several are coloured by run; the best epoch of each is marked.
 * @throws ConfigError if there are more than `maximumRuns` runs, or if one of them has no epochs
 */
export async function drawCurves(runs: readonly RunCurves[]): Promise<string> {
  checkRuns(runs);
  return renderSvg(specifyCurves(runs));
}

function checkRuns(runs: readonly RunCurves[]): void {
  if (runs.length === 0 || runs.length > maximumRuns) {
    throw new ConfigError([`a picture shows 1 to ${maximumRuns} runs, got ${runs.length}`]);
  }
  const empty = runs.filter((run) => run.history.length === 0);
  if (empty.length > 0) {
    throw new ConfigError(empty.map((run) => `${run.label || 'the run'} has no finished epoch to draw`));
  }
}

function specifyCurves(runs: readonly RunCurves[]): Spec {
  const points = runs.flatMap(listPoints);
  const best = runs.flatMap(listBestPoint);
  const isComparison = runs.length > 1;
  const legendPlace = { lefts: [lossLeft, accuracyLeft] as const, top: legendTop };
  const legend = isComparison ? comparisonLegend(runs, legendPlace) : splitLegend(legendPlace);
  const lastEpoch = points.reduce((last, point) => Math.max(last, point.epoch), 1);
  const panel = {
    top: panelTop,
    width: panelWidth,
    height: panelHeight,
    lastEpoch,
    colourField: isComparison ? ('run' as const) : ('split' as const),
    labelBest: !isComparison,
  };
  const losses = points.map((point) => point.loss);
  const accuracies = points.map((point) => point.accuracy);
  return {
    description: 'Loss and accuracy over the epochs, training and validation',
    config: chartConfig,
    width: pictureWidth,
    height: legendTop + legend.height + 4,
    autosize: 'none',
    data: [{ name: 'points', values: points }, { name: 'best', values: best }, ...legend.data],
    scales: legend.scales,
    legends: legend.legends,
    marks: [
      specifyPanel({
        ...panel,
        title: 'Loss',
        axisTitle: 'Cross-entropy',
        field: 'loss',
        left: lossLeft,
        domain: valueDomain(losses, { minimum: 0, maximum: Number.POSITIVE_INFINITY }),
      }),
      specifyPanel({
        ...panel,
        title: 'Accuracy',
        axisTitle: 'Accuracy (%)',
        field: 'accuracy',
        left: accuracyLeft,
        domain: valueDomain(accuracies, { minimum: 0, maximum: 100 }),
      }),
    ],
  };
}
