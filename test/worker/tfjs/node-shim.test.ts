import { createRequire } from 'node:module';
import { afterEach, describe, expect, test } from 'vitest';
import { restoreRemovedUtilFunctions } from '../../../src/worker/tfjs/node-shim.ts';

/** The same object that a package in CommonJS gets; on Node >= 23 without the two functions. */
const util = createRequire(import.meta.url)('node:util') as Record<string, unknown>;
const names = ['isNullOrUndefined', 'isArray'];
const originals = names.map((name) => Object.getOwnPropertyDescriptor(util, name));

describe('restoreRemovedUtilFunctions', () => {
  afterEach(() => {
    names.forEach((name, index) => {
      const original = originals[index];
      if (original === undefined) delete util[name];
      else Object.defineProperty(util, name, original);
    });
  });

  test('gives back what this Node does not have', () => {
    for (const name of names) delete util[name];
    restoreRemovedUtilFunctions();
    const isNullOrUndefined = util['isNullOrUndefined'] as (value: unknown) => boolean;
    expect([null, undefined, 0, '', false].map(isNullOrUndefined)).toEqual([true, true, false, false, false]);
    const isArray = util['isArray'] as (value: unknown) => boolean;
    expect([isArray([]), isArray({ length: 0 })]).toEqual([true, false]);
  });

  test('leaves alone what this Node has', () => {
    const own = () => true;
    for (const name of names) util[name] = own;
    restoreRemovedUtilFunctions();
    for (const name of names) expect(util[name]).toBe(own);
  });
});
