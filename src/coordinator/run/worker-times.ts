import { readFile } from 'node:fs/promises';
import { DataError } from '../../shared/errors.ts';
import { writeFileAtomically } from '../atomic-file.ts';

/** What one worker did in one epoch: a row of workers.csv. Of an epoch that was resumed, what its last process did. */
export interface WorkerEpoch {
  /** 1-based. */
  epoch: number;
  /** 0-based. */
  worker: number;
  device: string;
  /** Of training. */
  samples: number;
  computeSeconds: number;
  updateSeconds: number;
  waitSeconds: number;
  evaluationSeconds: number;
  /** All of the time in the task loop. */
  totalSeconds: number;
  /** How often it was replaced. */
  restarts: number;
}

/** Column of workers.csv for each field, in the order of the file. */
const columns = {
  epoch: 'epoch',
  worker: 'worker',
  device: 'device',
  samples: 'samples',
  computeSeconds: 'compute_seconds',
  updateSeconds: 'update_seconds',
  waitSeconds: 'wait_seconds',
  evaluationSeconds: 'evaluation_seconds',
  totalSeconds: 'total_seconds',
  restarts: 'restarts',
} as const satisfies Record<keyof WorkerEpoch, string>;

const fields = Object.keys(columns) as (keyof WorkerEpoch)[];
const headerLine = Object.values(columns).join(',');
const secondsDigits = 6;

/**
 * Writes workers.csv anew, atomically, but without waiting for the disk: nothing depends on it.
 * @throws RunError if it cannot be written
 */
export async function writeWorkerTimes(path: string, rows: readonly WorkerEpoch[]): Promise<void> {
  await writeFileAtomically(path, formatWorkerTimes(rows), { flush: false });
}

/**
 * Reads workers.csv.
 * @returns undefined where there is none: runs of before it was written have none
 * @throws DataError if the file is unreadable or not such a table; it names the line
 */
export async function readWorkerTimes(path: string): Promise<WorkerEpoch[] | undefined> {
  try {
    return parseWorkerTimes(await readFile(path, 'utf8'), path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof DataError) throw error;
    throw new DataError(`${path}: cannot be read: ${(error as Error).message}.`, undefined, error);
  }
}

/** No value needs quoting: devices are words. */
export function formatWorkerTimes(rows: readonly WorkerEpoch[]): string {
  const cell = (row: WorkerEpoch, field: keyof WorkerEpoch) =>
    field.endsWith('Seconds') ? (row[field] as number).toFixed(secondsDigits) : String(row[field]);
  return [headerLine, ...rows.map((row) => fields.map((field) => cell(row, field)).join(',')), ''].join('\n');
}

/** The inverse of `formatWorkerTimes`. @param source name of the file, for the errors @throws DataError naming the line */
export function parseWorkerTimes(text: string, source: string): WorkerEpoch[] {
  const [header, ...lines] = text.split(/\r?\n/);
  if (header !== headerLine) throw notWorkerTimes(source, 1, `expected the columns ${headerLine}`);
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line, index) => parseRow(line, source, index + 2));
}

function parseRow(line: string, source: string, lineNumber: number): WorkerEpoch {
  const cells = line.split(',');
  if (cells.length !== fields.length) {
    throw notWorkerTimes(source, lineNumber, `expected ${fields.length} columns, got ${cells.length}`);
  }
  const entries = fields.map((field, column) => {
    const cell = cells[column] as string;
    if (field === 'device') return [field, cell];
    const pattern = field.endsWith('Seconds') ? /^\d+(\.\d+)?$/ : /^\d{1,15}$/;
    if (!pattern.test(cell)) {
      const expected = field.endsWith('Seconds') ? 'a number of seconds' : 'a whole number';
      throw notWorkerTimes(
        source,
        lineNumber,
        `${columns[field]} must be ${expected}, got "${cell.slice(0, 40)}"`,
      );
    }
    return [field, Number(cell)];
  });
  return Object.fromEntries(entries) as WorkerEpoch;
}

function notWorkerTimes(source: string, lineNumber: number, problem: string): DataError {
  return new DataError(
    `${source}, line ${lineNumber}: ${problem}.`,
    'The file was changed by hand or is damaged; without it a report has no timeline of the workers.',
  );
}
