import uPlot from 'uplot';
import { element, setText } from '../element.ts';
import { unknown } from '../format.ts';
import { type ColourName, chartFont, colour, onSchemeChange } from '../palette.ts';

/** With more, points would melt into a thick line. */
const mostPoints = 30;

export interface Line {
  name: string;
  colour: ColourName | `--worker-${number}`;
  /** Pixels. */
  width: number;
  /** Drawn light, behind the others. */
  isFaint?: boolean;
  /** Whether each value is marked by a point, as long as there is room. */
  hasPoints?: boolean;
  /** Left out of the legend, as one of many. */
  isUnnamed?: boolean;
}

export interface LineChartOptions {
  title: string;
  lines: readonly Line[];
  /** Under the horizontal axis, where its numbers do not say it. */
  xLabel?: string;
  formatX: (value: number) => string;
  /** Where the horizontal axis is labelled, by default at round decimal numbers. */
  ticks?: (end: number, most: number) => number[];
  /** Of the axis. */
  formatTick: (value: number) => string;
  /** Of the legend. */
  formatValue: (value: number) => string;
  /** Charts with the same key share their cursor. */
  syncKey?: string;
  startsAtZero?: boolean;
}

/** Horizontal values, then those of each line; null or undefined where a line has none. */
export type LineData = readonly (readonly (number | null | undefined)[])[];

/** Lines over an axis, with a legend that shows the values under the cursor, or else the last ones. */
export class LineChart {
  readonly root: HTMLElement;
  readonly #options: LineChartOptions;
  readonly #plotArea = element('div', { class: 'plot' });
  readonly #values: readonly HTMLElement[];
  readonly #xValue = element('span', { class: 'legend-x' });
  #plot: uPlot | undefined;
  #data: LineData = [[]];
  #xRange: [number, number] = [0, 1];

  constructor(options: LineChartOptions) {
    this.#options = options;
    const { lines, title } = options;
    this.#values = lines.map(() => element('span', { class: 'legend-value', text: unknown }));
    const items = lines.map((line, index) => {
      const swatch = element('span', { class: line.isFaint ? 'swatch faint' : 'swatch' });
      swatch.style.setProperty('--colour', `var(${line.colour})`);
      const item = element('li', {}, swatch, element('span', { text: line.name }), this.#values[index] ?? '');
      item.hidden = line.isUnnamed ?? false;
      return item;
    });
    this.#plotArea.setAttribute('role', 'img');
    this.root = element(
      'section',
      { class: 'card chart' },
      element('div', { class: 'card-head' }, element('h2', { text: title }), this.#xValue),
      element('ul', { class: 'legend' }, ...items),
      this.#plotArea,
    );
    new ResizeObserver(() => this.#fit()).observe(this.#plotArea);
    onSchemeChange(() => this.#build());
  }

  /** @param description what a screen reader says of the picture */
  draw(data: LineData, xRange: [number, number], description: string): void {
    this.#data = data;
    this.#xRange = xRange;
    this.#plotArea.setAttribute('aria-label', description);
    if (this.#plot === undefined) this.#build();
    else this.#plot.setData(data as unknown as uPlot.AlignedData);
    this.#showValues();
  }

  #build(): void {
    this.#plot?.destroy();
    const { clientWidth, clientHeight } = this.#plotArea;
    // It is built once there is room.
    this.#plot = undefined;
    if (clientWidth === 0) return;
    this.#plot = new uPlot(
      this.#plotOptions(clientWidth, clientHeight),
      this.#data as unknown as uPlot.AlignedData,
      this.#plotArea,
    );
  }

  #fit(): void {
    const { clientWidth: width, clientHeight: height } = this.#plotArea;
    if (this.#plot === undefined) this.#build();
    else if (width > 0) this.#plot.setSize({ width, height });
  }

  #plotOptions(width: number, height: number): uPlot.Options {
    const { lines, xLabel, formatX, ticks, formatTick, syncKey, startsAtZero } = this.#options;
    const axis: uPlot.Axis = {
      stroke: colour('--muted'),
      font: chartFont,
      labelFont: chartFont,
      ticks: { show: false },
      grid: { stroke: colour('--line'), width: 1 },
    };
    return {
      width,
      height,
      legend: { show: false },
      padding: [8, 10, 0, 0],
      cursor: {
        y: false,
        drag: { x: false, y: false, setScale: false },
        ...(syncKey === undefined ? {} : { sync: { key: syncKey, setSeries: false } }),
        // A line shows its value that is nearest to the cursor: lines need not have values at the same places.
        hover: { skip: [null, undefined], prox: null },
        points: { size: 7, width: 2 },
      },
      scales: {
        x: { time: false, range: () => this.#xRange },
        y: startsAtZero ? { range: (_, __, max) => uPlot.rangeNum(0, max > 0 ? max : 1, 0.1, true) } : {},
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          values: (_, splits) => splits.map(formatX),
          ...(ticks && {
            splits: () => ticks(this.#xRange[1], width / 90).filter((tick) => tick >= this.#xRange[0]),
          }),
          ...(xLabel !== undefined && { label: xLabel, labelSize: 20, labelGap: 0 }),
          size: 26,
          gap: 4,
          space: 44,
        },
        { ...axis, values: (_, splits) => splits.map(formatTick), size: 48, gap: 6, space: 36 },
      ],
      series: [{}, ...lines.map((line) => seriesOf(line))],
      hooks: { setCursor: [() => this.#showValues()] },
    };
  }

  #showValues(): void {
    const indices = this.#plot?.cursor.idxs;
    const left = this.#plot?.cursor.left ?? -1;
    const isPointed = left >= 0 && indices !== undefined;
    for (const [index, target] of this.#values.entries()) {
      const values = this.#data[index + 1] ?? [];
      const at = isPointed ? indices[index + 1] : values.findLastIndex(isNumber);
      const value = at === null || at === undefined ? undefined : values[at];
      setText(target, isNumber(value) ? this.#options.formatValue(value) : unknown);
    }
    const x = isPointed ? this.#plot?.posToVal(left, 'x') : undefined;
    setText(this.#xValue, x === undefined ? '' : this.#options.formatX(x));
  }
}

function isNumber(value: number | null | undefined): value is number {
  return value !== null && value !== undefined;
}

function seriesOf(line: Line): uPlot.Series {
  const stroke = line.isFaint ? withAlpha(colour(line.colour), 0.45) : colour(line.colour);
  return {
    label: line.name,
    stroke,
    width: line.width,
    spanGaps: true,
    points: {
      show: (plot, series) =>
        line.hasPoints === true &&
        (plot.data[series] as LineData[number]).filter(isNumber).length <= mostPoints,
      size: 7,
      width: 1.5,
      stroke: colour('--surface'),
      fill: stroke,
    },
  };
}

/** @param hex `#rrggbb` */
function withAlpha(hex: string, alpha: number): string {
  return `${hex}${Math.round(alpha * 255)
    .toString(16)
    .padStart(2, '0')}`;
}
