import uPlot from 'uplot';
import type { RunView } from '../../shared/run-view.ts';
import { formatCount, formatLoss, formatPercent, formatRate, formatShort, formatTime } from '../format.ts';
import { colouredWorkers } from '../palette.ts';
import { type Line, LineChart, type LineData } from './line-chart.ts';
import { secondsTicks } from './time-ticks.ts';

/** With no more epochs than this, the axis shows all of them from the start. */
const fixedAxisEpochs = 30;
const cursorOfEpochs = 'epochs';

interface Curves {
  root: HTMLElement;
  draw(view: RunView): void;
}

const overEpochs = {
  xLabel: 'Epoch',
  formatX: (epochs: number) => String(Number(epochs.toFixed(2))),
  syncKey: cursorOfEpochs,
};

const splitLines: readonly [Line, Line] = [
  { name: 'Training', colour: '--training', width: 2, hasPoints: true },
  { name: 'Validation', colour: '--validation', width: 2, hasPoints: true },
];

/** @param hasSteps whether the loss of single steps is known */
export function lossCurves(hasSteps: boolean): Curves {
  const chart = new LineChart({
    ...overEpochs,
    title: 'Loss',
    lines: [
      { name: 'Each step', colour: '--training', width: 1, isFaint: true, isUnnamed: !hasSteps },
      ...splitLines,
    ],
    formatTick: (loss) => String(Number(loss.toPrecision(3))),
    formatValue: formatLoss,
  });
  return {
    root: chart.root,
    draw: (view) => {
      const { history, stepLosses } = view;
      const steps = [stepLosses.map(({ epochs }) => epochs), stepLosses.map(({ loss }) => loss)];
      const epochs = [
        history.map(({ epoch }) => epoch),
        history.map(({ trainLoss }) => trainLoss),
        history.map(({ validationLoss }) => validationLoss),
      ];
      const last = history.at(-1);
      const description =
        last === undefined
          ? 'Loss over the epochs; no epoch is finished yet.'
          : `Loss over the epochs: training ${formatLoss(last.trainLoss)}, validation ${formatLoss(last.validationLoss)} after epoch ${last.epoch}.`;
      chart.draw(join(steps, epochs), epochRange(view), description);
    },
  };
}

export function accuracyCurves(): Curves {
  const chart = new LineChart({
    ...overEpochs,
    title: 'Accuracy',
    lines: splitLines,
    formatTick: (percent) => `${Number(percent.toPrecision(3))} %`,
    formatValue: (percent) => formatPercent(percent / 100, 2),
  });
  return {
    root: chart.root,
    draw: (view) => {
      const { history, best } = view;
      const data = [
        history.map(({ epoch }) => epoch),
        history.map(({ trainAccuracy }) => 100 * trainAccuracy),
        history.map(({ validationAccuracy }) => 100 * validationAccuracy),
      ];
      const description =
        best === undefined
          ? 'Accuracy over the epochs; no epoch is finished yet.'
          : `Accuracy over the epochs: the best validation accuracy is ${formatPercent(best.validationAccuracy, 2)}, in epoch ${best.epoch}.`;
      chart.draw(data, epochRange(view), description);
    },
  };
}

/** What was planned, to the last epoch, and how far the run has come; nothing for a run whose rate is always the same. */
export function learningRateCurve({ learningRates: plan, progress, state }: RunView): Curves[] {
  if (plan.length === 0) return [];
  const isOver = state.kind === 'complete' && progress.done === 1;
  const { syncKey, ...axis } = overEpochs;
  const chart = new LineChart({
    ...axis,
    // The other charts end where the run has come to.
    ...(progress.epochs <= fixedAxisEpochs && { syncKey }),
    title: 'Learning rate',
    lines: [
      { name: 'Planned', colour: '--training', width: 1.5, isFaint: true, isUnnamed: isOver },
      { name: isOver ? 'Each step' : 'So far', colour: '--training', width: 2 },
    ],
    formatTick: formatRate,
    formatValue: formatRate,
    startsAtZero: true,
  });
  const draw = ({ learningRates, progress, config }: RunView) => {
    const { epoch, step, stepsPerEpoch } = progress;
    const now = epoch - 1 + step / stepsPerEpoch;
    const data = [
      learningRates.map(({ epochs }) => epochs),
      learningRates.map(({ rate }) => rate),
      learningRates.map(({ epochs, rate }) => (epochs <= now ? rate : null)),
    ];
    const most = formatRate(Math.max(...learningRates.map(({ rate }) => rate)));
    const description = `Learning rate over the epochs: schedule ${config['schedule']}, at most ${most}.`;
    chart.draw(data, [0, progress.epochs], description);
  };
  return [{ root: chart.root, draw }];
}

/** @param workers as many as the view's points have */
export function throughputCurves(workers: number): Curves {
  const hasColours = workers <= colouredWorkers;
  const chart = new LineChart({
    title: 'Throughput',
    lines: [
      ...Array.from({ length: workers }, (_, worker): Line => {
        const name = hasColours ? `Worker ${worker}` : 'Each worker';
        const colour = hasColours ? (`--worker-${worker}` as const) : '--muted';
        return { name, colour, width: hasColours ? 1.5 : 1, isUnnamed: !hasColours && worker > 0 };
      }),
      { name: 'All', colour: '--ink', width: 2 },
    ],
    formatX: formatTime,
    ticks: secondsTicks,
    formatTick: formatShort,
    formatValue: formatCount,
    startsAtZero: true,
  });
  return {
    root: chart.root,
    draw: ({ throughput, progress }) => {
      const data = [
        throughput.map(({ seconds }) => seconds),
        ...Array.from({ length: workers }, (_, worker) =>
          throughput.map(({ perWorker }) => perWorker[worker] ?? null),
        ),
        throughput.map(({ samplesPerSecond }) => samplesPerSecond),
      ];
      const last = throughput.at(-1);
      const description =
        last === undefined
          ? 'Throughput over time; nothing is measured yet.'
          : `Throughput over time: ${formatCount(last.samplesPerSecond)} training samples per second at the end, of ${workers} workers.`;
      chart.draw(data, [throughput[0]?.seconds ?? 0, Math.max(progress.seconds, 1)], description);
    },
  };
}

/** Tables with horizontal values of their own as one. */
function join(...tables: readonly LineData[]): LineData {
  return uPlot.join(tables as unknown as uPlot.AlignedData[]) as unknown as LineData;
}

function epochRange({ progress }: RunView): [number, number] {
  const { epoch, epochs, step, stepsPerEpoch } = progress;
  if (epochs <= fixedAxisEpochs) return [0, epochs];
  return [0, Math.max(1, epoch - 1 + step / stepsPerEpoch)];
}
