import { spanTypes, type TraceRingReader, type TraceSpan } from '../../shared/trace-ring.ts';
import { type PhaseKind, phaseKinds } from '../../shared/work-queue.ts';
import { instantEvent, spanEvent, tracks } from './trace-events.ts';

const phaseNames = {
  [phaseKinds.idle]: 'idle',
  [phaseKinds.gradients]: 'gradients',
  [phaseKinds.update]: 'update',
  [phaseKinds.evaluate]: 'evaluate',
  [phaseKinds.reduce]: 'reduce',
} as const satisfies Record<PhaseKind, string>;

/** What a worker's part of the trace holds since it was last read. */
export interface WorkerEvents {
  events: string[];
  /** Spans that were overwritten before they were read. */
  lost: number;
  /** The phases that the worker completed. */
  phases: TraceSpan[];
}

/**
 * Reads a worker's ring and puts its tasks and waits on the worker's track.
 * @param origin when the trace began, by `wallClockSeconds`
 */
export function readWorkerEvents(reader: TraceRingReader, worker: number, origin: number): WorkerEvents {
  const track = tracks.firstWorker + worker;
  const events: string[] = [];
  const phases: TraceSpan[] = [];
  let firstBegin: number | undefined;
  const lost = reader.drain((span) => {
    firstBegin ??= span.begin;
    if (span.type === spanTypes.phase) phases.push(span);
    else events.push(workerEvent(span, track, origin));
  });
  if (lost > 0) {
    events.push(
      instantEvent(track, 'spans lost', (firstBegin ?? origin) - origin, { before_this_moment: lost }),
    );
  }
  return { events, lost, phases };
}

/** A phase as a whole, on the coordinator's track. */
export function phaseEvent({ kind, begin, end }: TraceSpan, origin: number): string {
  return spanEvent(tracks.coordinator, phaseNames[kind], begin - origin, end - origin);
}

function workerEvent(span: TraceSpan, track: number, origin: number): string {
  const { type, kind } = span;
  const begin = span.begin - origin;
  const end = span.end - origin;
  const step = span.globalStep + 1;
  if (type === spanTypes.wait) return spanEvent(track, `wait for ${phaseNames[kind]}`, begin, end);
  const place = span.task + 1;
  if (kind === phaseKinds.evaluate)
    return spanEvent(track, phaseNames[kind], begin, end, { micro_shard: place });
  const details = kind === phaseKinds.gradients ? { step, micro_shard: place } : { step, range: place };
  return spanEvent(track, phaseNames[kind], begin, end, details);
}
