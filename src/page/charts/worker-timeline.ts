import type { RunView, WorkerTime } from '../../shared/run-view.ts';
import { element, setText } from '../element.ts';
import { formatPercent, formatTime, unknown } from '../format.ts';
import { chartFont, colour, onSchemeChange } from '../palette.ts';
import { secondsTicks } from './time-ticks.ts';
import { workerNumbers } from './worker-numbers.ts';
import { phases } from './worker-phases.ts';

const axisHeight = 22;
const markHeight = 12;
const labelWidth = 26;

/** Where each worker's time went: a lane for each, whose height is shared out among the phases, over the time of the run. */
export class WorkerTimeline {
  readonly root: HTMLElement;
  readonly #workers: number;
  readonly #laneHeight: number;
  readonly #laneGap: number;
  readonly #canvas = element('canvas');
  readonly #where = element('span', { class: 'legend-x' });
  readonly #values = phases.map(() => element('span', { class: 'legend-value', text: unknown }));
  readonly #marks = { checkpoint: mark('Checkpoint', 'round'), restart: mark('Restart', 'upright') };
  readonly #numbers: ReturnType<typeof workerNumbers>;
  #view: RunView | undefined;

  constructor(workers: number) {
    this.#workers = workers;
    [this.#laneHeight, this.#laneGap] = laneSizes(workers);
    this.#numbers = workerNumbers(workers);
    this.#canvas.setAttribute('role', 'img');
    this.#canvas.style.height = `${this.#height}px`;
    const scroller = element(
      'div',
      { class: 'lanes', attributes: { tabindex: '0', role: 'region', 'aria-label': 'Lanes of the workers' } },
      this.#canvas,
    );
    this.root = element(
      'section',
      { class: 'card chart' },
      element(
        'div',
        { class: 'card-head' },
        element('h2', { text: 'Time of the workers' }),
        this.#where,
        element('ul', { class: 'legend' }, ...Object.values(this.#marks)),
      ),
      this.#legend(),
      scroller,
      this.#numbers.root,
    );
    new ResizeObserver(() => this.#paint()).observe(scroller);
    onSchemeChange(() => this.#paint());
    this.#canvas.addEventListener('pointermove', (event) => this.#point(event));
    this.#canvas.addEventListener('pointerleave', () => this.#showTotals());
  }

  draw(view: RunView): void {
    this.#view = view;
    this.#canvas.setAttribute('aria-label', describe(view));
    this.#showTotals();
    for (const [kind, item] of Object.entries(this.#marks)) {
      item.hidden = !view.events.some((event) => event.kind === kind);
    }
    this.#numbers.draw(view);
    this.#paint();
  }

  get #height(): number {
    return this.#workers * (this.#laneHeight + this.#laneGap) + markHeight + axisHeight;
  }

  #legend(): HTMLElement {
    const items = phases.map((phase, index) => {
      const swatch = element('span', { class: 'swatch block' });
      swatch.style.setProperty('--colour', `var(${phase.colour})`);
      return element('li', {}, swatch, element('span', { text: phase.name }), this.#values[index] ?? '');
    });
    return element('ul', { class: 'legend' }, ...items);
  }

  #paint(): void {
    const context = this.#canvas.getContext('2d');
    const width = this.#canvas.clientWidth;
    if (context === null || this.#view === undefined || width === 0) return;
    const density = devicePixelRatio;
    this.#canvas.width = Math.round(width * density);
    this.#canvas.height = Math.round(this.#height * density);
    context.scale(density, density);
    context.font = chartFont;
    const place = { left: labelWidth, width: width - labelWidth, end: endOf(this.#view) };
    const x = (seconds: number) => place.left + (seconds / place.end) * place.width;
    this.#paintLanes(context, this.#view, x);
    this.#paintEvents(context, this.#view, x);
    this.#paintAxis(context, place.end, x, width);
  }

  #paintLanes(context: CanvasRenderingContext2D, view: RunView, x: (seconds: number) => number): void {
    const colours = phases.map((phase) => colour(phase.colour));
    const height = this.#laneHeight;
    for (const time of view.workerTimes) {
      const duration = time.to - time.from;
      const left = x(time.from);
      // A hair of surface between two stretches, as long as there is room for it.
      const width = Math.max(0.5, x(time.to) - left - (x(time.to) - left > 4 ? 1 : 0));
      let bottom = this.#laneTop(time.worker) + height;
      for (const [index, phase] of phases.entries()) {
        const share = Math.min(1, phase.seconds(time) / duration) * height;
        context.fillStyle = colours[index] as string;
        context.fillRect(left, bottom - share, width, share);
        bottom -= share;
      }
    }
    context.fillStyle = colour('--muted');
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    const every = Math.ceil(13 / (height + this.#laneGap));
    for (let worker = 0; worker < this.#workers; worker += every) {
      context.fillText(String(worker), 2, this.#laneTop(worker) + height / 2);
    }
  }

  #paintEvents(context: CanvasRenderingContext2D, view: RunView, x: (seconds: number) => number): void {
    const marksTop = this.#laneTop(this.#workers);
    for (const { kind, seconds, worker } of view.events) {
      const at = x(seconds);
      context.fillStyle = colour(kind === 'checkpoint' ? '--muted' : '--failed');
      if (kind === 'restart' && worker !== undefined) {
        const top = this.#laneTop(worker);
        context.fillRect(at - 1, top, 2, this.#laneHeight);
        continue;
      }
      context.beginPath();
      context.arc(at, marksTop + 4, 2.5, 0, 2 * Math.PI);
      context.fill();
    }
  }

  #paintAxis(
    context: CanvasRenderingContext2D,
    end: number,
    x: (seconds: number) => number,
    width: number,
  ): void {
    context.fillStyle = colour('--muted');
    context.textBaseline = 'bottom';
    for (const tick of secondsTicks(end, width / 90)) {
      const isLast = x(tick) > width - 24;
      context.textAlign = tick === 0 ? 'left' : isLast ? 'right' : 'center';
      context.fillText(formatTime(tick), isLast ? width : x(tick), this.#height - 2);
    }
  }

  #laneTop(worker: number): number {
    return worker * (this.#laneHeight + this.#laneGap);
  }

  #point(event: PointerEvent): void {
    const view = this.#view;
    if (view === undefined) return;
    const seconds = ((event.offsetX - labelWidth) / (this.#canvas.clientWidth - labelWidth)) * endOf(view);
    const worker = Math.floor(event.offsetY / (this.#laneHeight + this.#laneGap));
    const time = view.workerTimes.find(
      (each) => each.worker === worker && each.from <= seconds && seconds < each.to,
    );
    if (time === undefined) this.#showTotals();
    else this.#show([time], `worker ${worker}, ${describeEpochs(time)}`);
  }

  #showTotals(): void {
    this.#show(this.#view?.workerTimes ?? [], '');
  }

  #show(times: readonly WorkerTime[], where: string): void {
    const total = times.reduce((sum, { from, to }) => sum + to - from, 0);
    for (const [index, phase] of phases.entries()) {
      const seconds = times.reduce((sum, time) => sum + phase.seconds(time), 0);
      setText(this.#values[index] as Element, total === 0 ? unknown : formatPercent(seconds / total, 0));
    }
    setText(this.#where, where);
  }
}

/** Explains what marks an event. */
function mark(name: string, shape: 'round' | 'upright'): HTMLElement {
  const item = element(
    'li',
    {},
    element('span', { class: `swatch ${shape}` }),
    element('span', { text: name }),
  );
  item.hidden = true;
  return item;
}

/** As high as the other charts, as long as the workers fit. */
function laneSizes(workers: number): [height: number, gap: number] {
  const gap = workers <= 10 ? 8 : workers <= 32 ? 3 : 1;
  return [Math.min(88, Math.max(7, Math.floor(204 / workers) - gap)), gap];
}

function endOf({ workerTimes, progress }: RunView): number {
  return Math.max(workerTimes.at(-1)?.to ?? 0, progress.seconds, 0.001);
}

function describeEpochs({ fromEpoch, toEpoch }: WorkerTime): string {
  return fromEpoch === toEpoch ? `epoch ${fromEpoch}` : `epochs ${fromEpoch} to ${toEpoch}`;
}

function describe({ workerTimes, events }: RunView): string {
  if (workerTimes.length === 0) return 'Time of the workers; no epoch is finished yet.';
  const total = workerTimes.reduce((sum, { from, to }) => sum + to - from, 0);
  const compute = workerTimes.reduce((sum, time) => sum + time.compute, 0);
  const restarts = events.filter(({ kind }) => kind === 'restart').length;
  return `Time of the workers: ${formatPercent(compute / total)} of it in gradient kernels; ${restarts} restarts are marked. The numbers are in the table below.`;
}
