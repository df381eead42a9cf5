import { readFile } from 'node:fs/promises';
import { DataError } from '../../shared/errors.ts';
import { writeFileAtomically } from '../atomic-file.ts';

/** What is known of an epoch once it is over: one row of history.csv. */
export interface EpochRecord {
  /** Counted from 1. */
  epoch: number;
  /** Mean cross-entropy in nats. */
  trainLoss: number;
  validationLoss: number;
  /** Share of the samples, 0 to 1. */
  trainAccuracy: number;
  validationAccuracy: number;
  /** Wall-clock time of the epoch, with its validation. */
  seconds: number;
  /** Training samples per second, without the validation. */
  samplesPerSecond: number;
  /** Of the weights after the epoch. */
  weightsSha256: string;
}

/** Column of history.csv for each field, in the order of the file; the names of the first five are the reference's. */
const columns = {
  epoch: 'epoch',
  trainLoss: 'train_loss_all',
  validationLoss: 'val_loss_all',
  trainAccuracy: 'train_acc_all',
  validationAccuracy: 'val_acc_all',
  seconds: 'seconds',
  samplesPerSecond: 'samples_per_second',
  weightsSha256: 'weights_sha256',
} as const satisfies Record<keyof EpochRecord, string>;

const fields = Object.keys(columns) as (keyof EpochRecord)[];
const headerLine = Object.values(columns).join(',');

/** The epoch with the highest validation accuracy, the first of equals; undefined for an empty history. */
export function bestEpoch(history: readonly EpochRecord[]): EpochRecord | undefined {
  let best = history[0];
  for (const record of history) {
    if (best === undefined || record.validationAccuracy > best.validationAccuracy) best = record;
  }
  return best;
}

/** Writes history.csv anew, atomically. Numbers keep all their digits. @throws RunError if it cannot be written */
export async function writeHistory(path: string, history: readonly EpochRecord[]): Promise<void> {
  await writeFileAtomically(path, formatHistory(history));
}

/** Reads history.csv. @throws DataError if the file is unreadable or not such a table; it names the line and column */
export async function readHistory(path: string): Promise<EpochRecord[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(
      `${path}: cannot be read: ${reason}`,
      'Name the folder of a run with history.csv.',
      error,
    );
  }
  return parseHistory(text, path);
}

/** The table as CSV. No value needs quoting: all are numbers but the hash. */
export function formatHistory(history: readonly EpochRecord[]): string {
  const rows = history.map((record) => fields.map((field) => String(record[field])).join(','));
  return [headerLine, ...rows, ''].join('\n');
}

/**
 * The inverse of `formatHistory`, to the bit; line ends may be Windows'.
 * @param source name of the file, for the errors
 * @throws DataError naming the line and column
 */
export function parseHistory(text: string, source: string): EpochRecord[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  if (lines[0] !== headerLine) {
    throw notHistory(
      source,
      1,
      `expected the columns ${headerLine}, got "${(lines[0] ?? '').slice(0, 200)}"`,
    );
  }
  const history: EpochRecord[] = [];
  for (const [index, line] of lines.entries()) {
    if (index === 0) continue;
    const record = parseRow(line, source, index + 1);
    const previous = history.at(-1)?.epoch ?? 0;
    if (record.epoch !== previous + 1) {
      throw notHistory(source, index + 1, `epoch must be ${previous + 1}, got ${record.epoch}`);
    }
    history.push(record);
  }
  return history;
}

function parseRow(line: string, source: string, lineNumber: number): EpochRecord {
  const cells = line.split(',');
  if (cells.length !== fields.length) {
    throw notHistory(source, lineNumber, `expected ${fields.length} columns, got ${cells.length}`);
  }
  const cell = (field: keyof EpochRecord) => cells[fields.indexOf(field)] as string;
  const check = (field: keyof EpochRecord, valid: boolean, expected: string) => {
    if (!valid) {
      throw notHistory(source, lineNumber, `${columns[field]} must be ${expected}, got "${cell(field)}"`);
    }
  };
  const number = (field: keyof EpochRecord, maximum = Number.MAX_VALUE) => {
    const value = Number(cell(field));
    // Number() takes "" and "0x1f" too.
    const decimal = /^[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?$/.test(cell(field));
    const range = maximum === Number.MAX_VALUE ? 'a non-negative number' : `a number from 0 to ${maximum}`;
    check(field, decimal && value <= maximum, range);
    return value;
  };
  check('weightsSha256', /^[0-9a-f]{64}$/.test(cell('weightsSha256')), '64 hexadecimal digits');
  return {
    epoch: number('epoch'),
    trainLoss: number('trainLoss'),
    validationLoss: number('validationLoss'),
    trainAccuracy: number('trainAccuracy', 1),
    validationAccuracy: number('validationAccuracy', 1),
    seconds: number('seconds'),
    samplesPerSecond: number('samplesPerSecond'),
    weightsSha256: cell('weightsSha256'),
  };
}

function notHistory(source: string, lineNumber: number, problem: string): DataError {
  return new DataError(
    `${source}, line ${lineNumber}: ${problem}`,
    'The file was changed by hand or is of another kind; name a run whose history.csv is as it was written.',
  );
}
