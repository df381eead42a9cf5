import { ByteBuffer } from '../observers/byte-buffer.ts';

/** The tracks; those of the workers follow. */
export const tracks = { coordinator: 1, checkpoints: 2, firstWorker: 10 } as const;

/** What an event tells beside its name and time. */
type Details = Readonly<Record<string, number | string>>;

/**
 * Events of the Trace Event Format, as one line of JSON each, which Perfetto and chrome://tracing read
 * (https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU). They are written as bytes, for there are
 * some ten thousand a second. Times are given in seconds since the beginning of the trace. Names, and those of details, must
 * need no escaping.
 */
export class TraceEvents {
  readonly #bytes = new ByteBuffer();
  #isFirst = true;

  /** Hands out the events since the last call, each but the first of all with a separator before it; to be used before the next event. */
  take(): Uint8Array {
    const { contents } = this.#bytes;
    this.#bytes.clear();
    return contents;
  }

  /** A stretch of time. On one track they must not overlap, but may lie within each other. */
  span(track: number, name: string, begin: number, end: number, details?: Details): void {
    const from = countQuarters(begin);
    this.#begin('X', name);
    this.#appendField(',"tid":', track);
    this.#appendTime(',"ts":', from);
    this.#appendTime(',"dur":', countQuarters(end) - from);
    this.#end(details);
  }

  /** Something that happened at a moment. */
  instant(track: number, name: string, time: number, details?: Details): void {
    this.#begin('i', name);
    this.#appendField(',"s":"t","tid":', track);
    this.#appendTime(',"ts":', countQuarters(time));
    this.#end(details);
  }

  /** A value that changes: a curve above the tracks. */
  counter(name: string, time: number, value: number): void {
    this.#begin('C', name);
    this.#appendTime(',"ts":', countQuarters(time));
    this.#end({ [name]: value });
  }

  processName(name: string): void {
    this.#begin('M', 'process_name');
    this.#end({ name });
  }

  /** Tracks are shown in the order of their numbers. */
  trackName(track: number, name: string): void {
    this.#begin('M', 'thread_name');
    this.#appendField(',"tid":', track);
    this.#end({ name });
    this.#begin('M', 'thread_sort_index');
    this.#appendField(',"tid":', track);
    this.#end({ sort_index: track });
  }

  #begin(kind: string, name: string): void {
    const bytes = this.#bytes;
    bytes.appendText(this.#isFirst ? '{"ph":"' : ',\n{"ph":"');
    this.#isFirst = false;
    bytes.appendText(kind);
    bytes.appendText('","pid":1,"name":"');
    bytes.appendText(name);
    bytes.appendText('"');
  }

  #end(details: Details | undefined): void {
    const bytes = this.#bytes;
    if (details !== undefined) {
      let before = ',"args":{"';
      for (const name in details) {
        const value = details[name] as number | string;
        bytes.appendText(before);
        bytes.appendText(name);
        bytes.appendText('":');
        if (Number.isFinite(value)) bytes.appendNumber(value as number);
        else bytes.appendText(JSON.stringify(value));
        before = ',"';
      }
      bytes.appendText('}');
    }
    bytes.appendText('}');
  }

  #appendField(key: string, value: number): void {
    this.#bytes.appendText(key);
    this.#bytes.appendNumber(value);
  }

  /** As microseconds, the unit of the format. Much faster than to print them as the fractions that they are. */
  #appendTime(key: string, quarters: number): void {
    const whole = Math.floor(quarters / 4);
    this.#appendField(key, whole);
    this.#bytes.appendText(fractions[quarters - 4 * whole] as string);
  }
}

/**
 * Quarters of a microsecond are what the threads' clock can tell apart, and are exact in binary: so readers that add begin and
 * duration find that a span and the last one in it end at the same time.
 */
function countQuarters(seconds: number): number {
  return Math.round(seconds * 4e6);
}

const fractions = ['', '.25', '.5', '.75'];
