import { describe, expect, test } from 'vitest';
import { readInputs } from '../../../bench/document/inputs.ts';
import { exampleFiles, exampleInputs, peersFile } from './example-inputs.ts';

describe('readInputs', () => {
  test('tells each file by what it holds', () => {
    const inputs = exampleInputs();
    expect(Object.keys(inputs).toSorted()).toEqual(['accuracy', 'growth', 'peers', 'plan', 'scaling']);
    expect(readInputs(exampleFiles.toReversed())).toEqual(inputs);
  });

  test('takes a part of the files', () => {
    expect(Object.keys(readInputs(exampleFiles.slice(0, 1)))).toEqual(['peers']);
  });

  test('names the file that is no benchmark’s', () => {
    expect(() => readInputs([{ path: 'result.json', text: '{"seconds":1}' }])).toThrow(
      'result.json is none of the benchmarks',
    );
  });

  test('names the file and the field that is missing', () => {
    const { rounds, ...rest } = peersFile;
    expect(() => readInputs([{ path: 'old.json', text: JSON.stringify(rest) }])).toThrow(
      /old\.json, read as peers:\n.*\n.*rounds/,
    );
    expect(rounds).toBe(3);
  });

  test('refuses two files of one kind, rather than to choose', () => {
    const [first] = exampleFiles as [(typeof exampleFiles)[0]];
    expect(() => readInputs([first, { ...first, path: 'again.json' }])).toThrow(
      'again.json is a second file of peers',
    );
  });
});
