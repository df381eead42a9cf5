import { describe, expect, test } from 'vitest';
import {
  dealDevices,
  deviceKind,
  deviceSelector,
  isDeviceList,
  keepsBits,
  splitDeviceList,
} from '../../src/shared/device.ts';

describe('isDeviceList', () => {
  test.each([
    'auto',
    ' auto ',
    'cpu',
    'cuda',
    'cuda:0,cuda:12',
    'cuda:0, cpu',
    'webgpu:NVIDIA H100 (a:b)',
    'cpu-process',
  ])('takes "%s"', (text) => {
    expect(isDeviceList(text)).toBe(true);
  });

  test.each(['', ',', 'cpu,', 'gpu', 'cuda:', 'cuda:-1', 'cuda:a', 'webgpu:', 'auto,cpu', 'CPU', 'cpu:0'])(
    'refuses "%s"',
    (text) => {
      expect(isDeviceList(text)).toBe(false);
    },
  );
});

describe('a device’s name', () => {
  test('has a kind, and may select one of it', () => {
    expect(splitDeviceList('cuda:0, webgpu:a:b,cpu')).toEqual(['cuda:0', 'webgpu:a:b', 'cpu']);
    expect(['cuda:3', 'webgpu:a:b', 'cpu'].map(deviceKind)).toEqual(['cuda', 'webgpu', 'cpu']);
    expect(['cuda:3', 'webgpu:a:b', 'cpu'].map(deviceSelector)).toEqual(['3', 'a:b', undefined]);
  });

  test('tells whether the bits are those of the cpu', () => {
    expect(['cpu', 'cpu-process,cpu', 'cpu,cuda', 'webgpu', 'auto', 'tensorflow-cpu'].map(keepsBits)).toEqual(
      [true, true, false, false, false, false],
    );
  });
});

describe('dealDevices', () => {
  test('deals in turn, and more than once to whom there are too few for', () => {
    expect(dealDevices(['a', 'b', 'c'], 2)).toEqual(['a', 'b']);
    expect(dealDevices(['a', 'b'], 5)).toEqual(['a', 'b', 'a', 'b', 'a']);
  });
});
