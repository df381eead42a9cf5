import { type MemoryLayout, traceRingBytes, traceSpan } from './memory-layout.ts';
import type { PhaseKind } from './work-queue.ts';

/**
 * Spans that a worker's ring holds, 1.5 MiB: some seconds of a run like the reference, and half a second of one with the
 * smallest tasks that there are.
 */
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

/** A stretch of a worker's time. */
export interface TraceSpan {
  type: SpanType;
  /** Of the phase that it belongs to. */
  kind: PhaseKind;
  /** Both by `wallClockSeconds`. */
  begin: number;
  end: number;
  /** Steps that were taken before it. */
  globalStep: number;
  /** Micro-shard or range of the update, from 0; 0 for what is no task. */
  task: number;
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
  /** Spans read or given up, modulo 2^32. */
  #read = 0;

  /** @param layout one with a `traceCapacity` */
  constructor(buffer: SharedArrayBuffer, layout: MemoryLayout, worker: number) {
    this.#views = viewRing(buffer, layout, worker);
    this.#capacity = layout.needs.traceCapacity;
  }

  /**
   * Hands out the spans since the last call, in the order in which they were written.
   * @returns how many were overwritten before they could be read; they come before those that are handed out
   */
  drain(receive: (span: TraceSpan) => void): number {
    const { written } = this.#views;
    const first = this.#read;
    const end = Atomics.load(written, 0);
    const count = distance(first, end);
    const skipped = Math.max(0, count - this.#capacity);
    const spans: TraceSpan[] = [];
    for (let index = skipped; index < count; index++) spans.push(this.#span(first + index));
    this.#read = end;
    // Its writer went on meanwhile. The place of the span that it is writing now holds the oldest one no more.
    const overwritten = distance(first, Atomics.load(written, 0)) - this.#capacity + 1;
    const lost = Math.min(count, Math.max(0, overwritten));
    for (let index = lost; index < count; index++) receive(spans[index - skipped] as TraceSpan);
    return lost;
  }

  #span(index: number): TraceSpan {
    const { spans } = this.#views;
    const at = (index & (this.#capacity - 1)) * traceSpan.fields;
    return {
      type: spans[at + traceSpan.type] as SpanType,
      kind: spans[at + traceSpan.kind] as PhaseKind,
      begin: spans[at + traceSpan.begin] as number,
      end: spans[at + traceSpan.end] as number,
      globalStep: spans[at + traceSpan.globalStep] as number,
      task: spans[at + traceSpan.task] as number,
    };
  }
}

/** From one count to another, both modulo 2^32. */
function distance(from: number, to: number): number {
  return (to - from) >>> 0;
}
