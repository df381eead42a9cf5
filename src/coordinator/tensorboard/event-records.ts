import { PbfWriter } from 'pbf';
import { maskedCrc32c } from './crc32c.ts';

/** What stands first in each file. From this version on TensorBoard heeds restarts. */
const fileVersion = 'brain.Event:2';

/** Field numbers of tensorflow/core/util/event.proto and tensorflow/core/framework/summary.proto. */
const eventField = { wallTime: 1, step: 2, fileVersion: 3, summary: 5, sessionLog: 7 } as const;
const summaryField = { value: 1 } as const;
const valueField = { tag: 1, simpleValue: 2 } as const;
const sessionLogField = { status: 1 } as const;
const sessionStart = 1;

/** Room for an event; without, a writer begins with 16 bytes and doubles them again and again. */
const scratch = new Uint8Array(4096);

/** @param wallTime seconds since 1970, as in all of these */
export function fileVersionRecord(wallTime: number): Uint8Array {
  return eventRecord(wallTime, 0, (event) => event.writeStringField(eventField.fileVersion, fileVersion));
}

/** Makes TensorBoard forget what earlier files of the folder hold of this step and all behind it. */
export function restartRecord(wallTime: number, step: number): Uint8Array {
  return eventRecord(wallTime, step, (event) =>
    event.writeMessage(
      eventField.sessionLog,
      (status: number, log) => log.writeVarintField(sessionLogField.status, status),
      sessionStart,
    ),
  );
}

/** Records of values that always have the same tags: only the values are written anew. */
export class ScalarsRecord<Tag extends string> {
  readonly #tags: readonly Tag[];
  readonly #summary: Uint8Array;
  readonly #view: DataView;
  /** Where in the summary the values lie. */
  readonly #places: number[] = [];

  constructor(tags: readonly Tag[]) {
    this.#tags = tags;
    const summary = new PbfWriter();
    for (const tag of tags) {
      summary.writeMessage(summaryField.value, writeValue, tag);
      this.#places.push(summary.pos - 4);
    }
    this.#summary = summary.finish();
    this.#view = new DataView(this.#summary.buffer, this.#summary.byteOffset);
  }

  /** One step's values. They are kept in single precision. */
  encode(wallTime: number, step: number, scalars: Readonly<Record<Tag, number>>): Uint8Array {
    for (const [index, tag] of this.#tags.entries()) {
      this.#view.setFloat32(this.#places[index] as number, scalars[tag], true);
    }
    return eventRecord(wallTime, step, (event) => event.writeBytesField(eventField.summary, this.#summary));
  }
}

/** Of a tag, with room for its number behind it. */
function writeValue(tag: string, value: PbfWriter): void {
  value.writeStringField(valueField.tag, tag);
  value.writeFloatField(valueField.simpleValue, 0);
}

function eventRecord(wallTime: number, step: number, writeContent: (event: PbfWriter) => void): Uint8Array {
  const event = new PbfWriter(scratch);
  event.writeDoubleField(eventField.wallTime, wallTime);
  event.writeVarintField(eventField.step, step);
  writeContent(event);
  return frameRecord(event.finish());
}

/**
 * A record of a TFRecord file: uint64 length, its checksum, the data, their checksum, all little-endian
 * (https://www.tensorflow.org/tutorials/load_data/tfrecord).
 */
export function frameRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(8 + 4 + data.length + 4);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc32c(data), true);
  return record;
}
