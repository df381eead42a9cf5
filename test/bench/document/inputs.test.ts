import { describe, expect, test } from 'vitest';
import { readInputs } from '../../../bench/document/inputs.ts';
import { DataError } from '../../../src/shared/errors.ts';
import { exampleFiles, exampleInputs, peersFile } from './example-inputs.ts';

function errorOf(action: () => unknown): DataError {
  try {
    action();
  } catch (error) {
    if (error instanceof DataError) return error;
    throw error;
  }
  throw new Error('it did not throw');
}

describe('readInputs', () => {
  test('tells each file by what it holds', () => {
    const inputs = exampleInputs();
    expect(Object.keys(inputs).toSorted()).toEqual([
      'accuracy',
      'fewerPeers',
      'growth',
      'observation',
      'peers',
      'plan',
      'scaling',
      'wideVectors',
    ]);
    expect(readInputs(exampleFiles.toReversed())).toEqual(inputs);
  });

  test('tells a file of wide vectors from that of all peers, where these have them as well', () => {
    const [first, ...others] = exampleFiles as [(typeof exampleFiles)[0]];
    const runs = { ...peersFile.runs, 'lockstep, 2 workers, vectors of 256 bits': [] };
    const withWide = { ...first, text: JSON.stringify({ ...peersFile, runs }) };
    const inputs = readInputs([withWide, ...others]);
    expect(Object.keys(inputs).toSorted()).toEqual(Object.keys(exampleInputs()).toSorted());
    expect(inputs.wideVectors).toEqual(exampleInputs().wideVectors);
  });

  test('takes a part of the files', () => {
    expect(Object.keys(readInputs(exampleFiles.slice(0, 1)))).toEqual(['peers']);
  });

  test.each(['{"seconds":1}', '{', 'null', '[]', '"comparisons"'])(
    'names the file that is no benchmark’s, and the next step: %s',
    (text) => {
      const error = errorOf(() => readInputs([{ path: 'result.json', text }]));
      expect(error.message).toMatch(/^result\.json is none of the benchmarks' files/);
      expect(error.nextStep).toBe('Name files that a benchmark wrote with --json.');
    },
  );

  test('names the file and the field that is missing', () => {
    const { rounds, ...rest } = peersFile;
    const error = errorOf(() => readInputs([{ path: 'old.json', text: JSON.stringify(rest) }]));
    expect(error.message).toMatch(/old\.json, read as peers:\n.*\n.*rounds/);
    expect(error.nextStep).toBe("Write it anew with that benchmark's --json.");
    expect(rounds).toBe(3);
  });

  test('refuses two files of one kind, rather than to choose', () => {
    const [first] = exampleFiles as [(typeof exampleFiles)[0]];
    expect(() => readInputs([first, { ...first, path: 'again.json' }])).toThrow(
      'again.json is a second file of peers',
    );
  });
});
