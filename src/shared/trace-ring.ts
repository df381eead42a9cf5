import { type MemoryLayout, traceRingBytes, traceSpan } from './memory-layout.ts';
import type { PhaseKind } from './work-queue.ts';

/** Spans that a worker's ring holds, in 1.5 MiB: those of some seconds of the reference run. */
export const defaultTraceCapacity = 2 ** 15;

export const spanTypes = {
  /** A task, by the worker that did it. */
  task: 0,
  /** A worker that found nothing to claim. */
  wait: 1,
  /** A whole phase, by the worker that completed it. */
  phase: 2,
} as const;
type SpanType = (typeof spanTypes)[keyof typeof spanTypes];

/** What a worker left in its ring. */
interface DrainedSpans {
  /**
   * float64[n][traceSpan.fields], in the order in which they were written: a type of `spanTypes`, the kind of the phase that it
   * belongs to, begin and end by `wallClockSeconds`, the number of steps taken before, and the micro-shard or range, from 0.
   * Its memory is used again by the next call.
   */
  spans: Float64Array;
  /** How many were overwritten before they could be read; they lie before the others. */
  lost: number;
}

interface RingViews {
  /** int32: how many spans were ever written, modulo 2^32. */
  written: Int32Array;
  /** float64[capacity][traceSpan.fields]. */
  spans: Float64Array;
}

function viewRing(buffer: SharedArrayBuffer, layout: MemoryLayout, worker: number): RingViews {
  const bytes = traceRingBytes(layout.needs.traceCapacity);
  const address = layout.traceRings + worker * bytes;
  const spanBytes = layout.needs.traceCapacity * traceSpan.fields * 8;
  return {
    written: new Int32Array(buffer, address, 1),
    spans: new Float64Array(buffer, address + bytes - spanBytes, spanBytes / 8),
  };
}

/**
 * Where a worker leaves its spans. It never waits for the reader: what is not read in time is overwritten. A worker that takes
 * a lost one's place goes on where that one stopped.
 */
export class TraceRing {
  readonly #views: RingViews;
  readonly #capacity: number;

  /** @param layout one with a `traceCapacity` */
  constructor(buffer: SharedArrayBuffer, layout: MemoryLayout, worker: number) {
    this.#views = viewRing(buffer, layout, worker);
    this.#capacity = layout.needs.traceCapacity;
  }

  record(
    type: SpanType,
    kind: PhaseKind,
    begin: number,
    end: number,
    globalStep: number,
    task: number,
  ): void {
    const { written, spans } = this.#views;
    const index = Atomics.load(written, 0);
    const at = (index & (this.#capacity - 1)) * traceSpan.fields;
    spans[at + traceSpan.type] = type;
    spans[at + traceSpan.kind] = kind;
    spans[at + traceSpan.begin] = begin;
    spans[at + traceSpan.end] = end;
    spans[at + traceSpan.globalStep] = globalStep;
    spans[at + traceSpan.task] = task;
    Atomics.store(written, 0, index + 1);
  }
}

/** Reads a worker's ring while the worker goes on writing; one reader a ring. */
export class TraceRingReader {
  readonly #views: RingViews;
  readonly #capacity: number;
  /** As long as the ring. A new one for each call would bring on collections of garbage. */
  readonly #copy: Float64Array;
  /** Spans read or given up, modulo 2^32. */
  #read = 0;

  /** @param layout one with a `traceCapacity` */
  constructor(buffer: SharedArrayBuffer, layout: MemoryLayout, worker: number) {
    this.#views = viewRing(buffer, layout, worker);
    this.#capacity = layout.needs.traceCapacity;
    this.#copy = new Float64Array(this.#views.spans.length);
  }

  /** Hands out the spans since the last call. They are no objects: there are some ten thousand a second. */
  drain(): DrainedSpans {
    const { written, spans } = this.#views;
    const first = this.#read;
    const end = Atomics.load(written, 0);
    const fresh = distance(first, end);
    const count = Math.min(fresh, this.#capacity);
    const copy = this.#copy.subarray(0, count * traceSpan.fields);
    const from = ((end - count) & (this.#capacity - 1)) * traceSpan.fields;
    const beforeWrap = spans.subarray(from, from + copy.length);
    copy.set(beforeWrap);
    copy.set(spans.subarray(0, copy.length - beforeWrap.length), beforeWrap.length);
    this.#read = end;
    // The writer went on meanwhile. The place of the span that it is writing now holds the oldest one no more.
    const overwritten = distance(first, Atomics.load(written, 0)) - this.#capacity + 1;
    const lost = Math.min(fresh, Math.max(0, overwritten));
    return { spans: copy.subarray(Math.max(0, lost - (fresh - count)) * traceSpan.fields), lost };
  }
}

/** From one count to another, both modulo 2^32. */
function distance(from: number, to: number): number {
  return (to - from) >>> 0;
}
