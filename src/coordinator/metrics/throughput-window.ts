/** How far back the window reaches. */
const windowSeconds = 10;
/** No more points than that, however often somebody asks. */
const spacingSeconds = 0.25;

interface Point {
  seconds: number;
  samples: number;
}

/** Samples per second over the last 10 seconds of training; of the time since the last time that it was asked, if that is longer. */
export class ThroughputWindow {
  /** Ascending; all but the first lie in the window. */
  readonly #points: Point[] = [];
  #last: Point | undefined;

  /**
   * @param seconds of training so far, never less than before
   * @param samples trained so far, never fewer than before
   */
  add(seconds: number, samples: number): void {
    this.#last = { seconds, samples };
    const newest = this.#points.at(-1);
    if (newest === undefined || seconds - newest.seconds >= spacingSeconds) this.#points.push(this.#last);
    while ((this.#points[1]?.seconds ?? Number.POSITIVE_INFINITY) <= seconds - windowSeconds)
      this.#points.shift();
  }

  /** Undefined until the first samples are trained, or did not come within the window. */
  get samplesPerSecond(): number | undefined {
    const first = this.#points[0];
    const last = this.#last;
    if (first === undefined || last === undefined) return undefined;
    const seconds = last.seconds - first.seconds;
    const samples = last.samples - first.samples;
    if (seconds === 0 || (samples === 0 && seconds < windowSeconds)) return undefined;
    return samples / seconds;
  }
}
