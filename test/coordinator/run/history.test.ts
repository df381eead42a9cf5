import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bestEpoch,
  type EpochRecord,
  formatHistory,
  parseHistory,
  readHistory,
  writeHistory,
} from '../../../src/coordinator/run/history.ts';
import { DataError } from '../../../src/shared/errors.ts';

const header =
  'epoch,train_loss_all,val_loss_all,train_acc_all,val_acc_all,seconds,samples_per_second,weights_sha256';
const hash = 'c0ffee'.padEnd(64, '0');
const first: EpochRecord = {
  epoch: 1,
  trainLoss: 1.25,
  validationLoss: 0.1 + 0.2,
  trainAccuracy: 0.5,
  validationAccuracy: 1 / 3,
  seconds: 4.5,
  samplesPerSecond: 10_666.5,
  weightsSha256: hash,
};
const firstRow = `1,1.25,0.30000000000000004,0.5,0.3333333333333333,4.5,10666.5,${hash}`;

const records = fc
  .array(
    fc.record({
      trainLoss: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
      validationLoss: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
      trainAccuracy: fc.double({ min: 0, max: 1, noNaN: true }),
      validationAccuracy: fc.double({ min: 0, max: 1, noNaN: true }),
      seconds: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
      samplesPerSecond: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
    }),
  )
  .map((rows) => rows.map((row, index) => ({ ...row, epoch: index + 1, weightsSha256: hash })));

describe('formatHistory', () => {
  test('writes the columns under their names, with all digits', () => {
    expect(formatHistory([first])).toBe(`${header}\n${firstRow}\n`);
  });
});

describe('parseHistory', () => {
  test('gives back every bit that formatHistory wrote', () => {
    fc.assert(
      fc.property(records, (history) => {
        expect(parseHistory(formatHistory(history), 'a')).toEqual(history);
      }),
    );
  });

  test('takes Windows line ends', () => {
    expect(parseHistory(`${header}\r\n${firstRow}\r\n`, 'a')).toEqual([first]);
  });

  test.each([
    { what: 'an empty file', text: '', problem: `h.csv, line 1: expected the columns ${header}, got ""` },
    { what: 'another header', text: 'epoch,loss\n', problem: 'line 1: expected the columns' },
    { what: 'a missing cell', text: `${header}\n1,2,3\n`, problem: 'line 2: expected 8 columns, got 3' },
    {
      what: 'an empty line',
      text: `${header}\n${firstRow}\n\n`,
      problem: 'line 3: expected 8 columns, got 1',
    },
    {
      what: 'a word for a number',
      text: `${header}\n${firstRow.replace('1.25', 'NaN')}\n`,
      problem: 'line 2: train_loss_all must be a non-negative number, got "NaN"',
    },
    {
      what: 'an empty cell',
      text: `${header}\n${firstRow.replace('1.25', '')}\n`,
      problem: 'train_loss_all must be a non-negative number, got ""',
    },
    {
      what: 'a number out of range',
      text: `${header}\n${firstRow.replace('1.25', '1e999')}\n`,
      problem: 'train_loss_all must be a non-negative number, got "1e999"',
    },
    {
      what: 'an accuracy in percent',
      text: `${header}\n${firstRow.replace(',0.5,', ',50,')}\n`,
      problem: 'train_acc_all must be a number from 0 to 1, got "50"',
    },
    {
      what: 'a short hash',
      text: `${header}\n${firstRow.slice(0, -1)}\n`,
      problem: 'weights_sha256 must be 64 hexadecimal digits',
    },
    {
      what: 'a repeated epoch',
      text: `${header}\n${firstRow}\n${firstRow}\n`,
      problem: 'line 3: epoch must be 2, got 1',
    },
  ])('refuses $what', ({ text, problem }) => {
    expect(() => parseHistory(text, 'h.csv')).toThrow(DataError);
    expect(() => parseHistory(text, 'h.csv')).toThrow(problem);
  });
});

describe('writeHistory and readHistory', () => {
  test('give back the records', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'lockstep-history-'));
    const path = join(directory, 'history.csv');
    await writeHistory(path, [first]);
    expect(await readHistory(path)).toEqual([first]);
    rmSync(directory, { recursive: true });
    await expect(readHistory(path)).rejects.toThrow(`${path}: cannot be read: ENOENT`);
  });
});

describe('bestEpoch', () => {
  test('is the first of those with the highest validation accuracy', () => {
    const history = [0.1, 0.8, 0.7, 0.8].map((validationAccuracy, index) => ({
      ...first,
      epoch: index + 1,
      validationAccuracy,
    }));
    expect(bestEpoch(history)?.epoch).toBe(2);
    expect(bestEpoch([])).toBeUndefined();
  });
});
