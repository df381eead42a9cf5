import { traceSpan } from '../../shared/memory-layout.ts';
import { spanTypes, type TraceRingReader } from '../../shared/trace-ring.ts';
import { isUpdate, type PhaseKind, phaseKinds } from '../../shared/work-queue.ts';
import { type TraceEvents, tracks } from './trace-events.ts';

export const phaseNames = [
  'idle',
  'gradients',
  'update',
  'evaluate',
  'reduce',
  'combine',
  'exchange gradients',
  'exchange scores',
] as const satisfies Record<PhaseKind, string>;
const waitNames = phaseNames.map((name) => `wait for ${name}`);

/** A phase as a whole; times in seconds since the beginning of the trace. */
export interface TracedPhase {
  kind: PhaseKind;
  begin: number;
  end: number;
  /** Steps that were taken before it. */
  globalStep: number;
}

/** What a worker's ring held beside the spans of its track. */
interface WorkerPart {
  /** Spans that were overwritten before they were read. */
  lost: number;
  /** The phases that the worker completed. */
  phases: TracedPhase[];
}

/**
 * Reads a worker's ring and puts its tasks and waits on the worker's track.
 * @param origin when the trace began, by `wallClockSeconds`
 */
export function addWorkerSpans(
  events: TraceEvents,
  reader: TraceRingReader,
  worker: number,
  origin: number,
): WorkerPart {
  const track = tracks.firstWorker + worker;
  const { spans, lost } = reader.drain();
  const phases: TracedPhase[] = [];
  if (lost > 0) {
    const until = (spans[traceSpan.begin] ?? origin) - origin;
    events.instant(track, 'spans lost', until, { before_this_moment: lost });
  }
  for (let at = 0; at < spans.length; at += traceSpan.fields) {
    const kind = spans[at + traceSpan.kind] as PhaseKind;
    const begin = (spans[at + traceSpan.begin] as number) - origin;
    const end = (spans[at + traceSpan.end] as number) - origin;
    const globalStep = spans[at + traceSpan.globalStep] as number;
    const place = (spans[at + traceSpan.task] as number) + 1;
    switch (spans[at + traceSpan.type]) {
      case spanTypes.phase:
        phases.push({ kind, begin, end, globalStep });
        break;
      case spanTypes.wait:
        events.span(track, waitNames[kind] as string, begin, end);
        break;
      default: {
        const last = lastOfUpdate(spans, at);
        const tasks = (last - at) / traceSpan.fields + 1;
        const until = (spans[last + traceSpan.end] as number) - origin;
        const details = taskDetails(kind, globalStep + 1, isUpdate(kind) ? tasks : place);
        events.span(track, phaseNames[kind], begin, until, details);
        at = last;
      }
    }
  }
  return { lost, phases };
}

/**
 * The last of the update's tasks that a worker did one right after the other: they are short, and are shown as one.
 * @param at position of a task in `spans`
 */
function lastOfUpdate(spans: Float64Array, at: number): number {
  if (!isUpdate(spans[at + traceSpan.kind] as PhaseKind)) return at;
  let last = at;
  for (
    let next = at + traceSpan.fields;
    next < spans.length &&
    spans[next + traceSpan.type] === spans[at + traceSpan.type] &&
    spans[next + traceSpan.kind] === spans[at + traceSpan.kind] &&
    spans[next + traceSpan.globalStep] === spans[at + traceSpan.globalStep];
    next += traceSpan.fields
  ) {
    last = next;
  }
  return last;
}

/** @param number of the micro-shard; of an update how many tasks */
function taskDetails(kind: PhaseKind, step: number, number: number): Record<string, number> {
  if (kind === phaseKinds.evaluate) return { micro_shard: number };
  return kind === phaseKinds.gradients ? { step, micro_shard: number } : { step, tasks: number };
}
