/** Of two neighbours in a series one point; `share` is the earlier one's part of all items that both stand for, 0 to 1. */
type Merge<Point> = (earlier: Point, later: Point, share: number) => Point;

/**
 * Keeps a series that may grow for ever at a bounded length: once it is full, neighbours are merged in pairs, and from then on
 * twice as many items go into one point. All points but the last stand for equally many items.
 */
export class ThinnedSeries<Point> {
  readonly #limit: number;
  readonly #merge: Merge<Point>;
  #points: Point[] = [];
  /** Items that a whole point stands for: a power of 2. */
  #stride = 1;
  /** Items that the last point stands for. */
  #inLast = 0;

  /** @param limit most points; even, at least 2 */
  constructor(limit: number, merge: Merge<Point>) {
    this.#limit = limit;
    this.#merge = merge;
  }

  /** A copy of the list; a point that has not changed since the last one is the same object. */
  get points(): Point[] {
    return [...this.#points];
  }

  add(item: Point): void {
    const last = this.#points.at(-1);
    if (last !== undefined && this.#inLast < this.#stride) {
      const share = this.#inLast / (this.#inLast + 1);
      this.#points[this.#points.length - 1] = this.#merge(last, item, share);
      this.#inLast++;
      return;
    }
    if (this.#points.length === this.#limit) this.#mergePairs();
    this.#points.push(item);
    this.#inLast = 1;
  }

  #mergePairs(): void {
    const merged: Point[] = [];
    for (let index = 0; index < this.#points.length; index += 2) {
      merged.push(this.#merge(this.#points[index] as Point, this.#points[index + 1] as Point, 0.5));
    }
    this.#points = merged;
    this.#stride *= 2;
  }
}
