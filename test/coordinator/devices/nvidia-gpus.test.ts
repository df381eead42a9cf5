import { expect, test } from 'vitest';
import { parseGpuList } from '../../../src/coordinator/devices/nvidia-gpus.ts';

test('parseGpuList reads a line of nvidia-smi for each GPU, memory in MiB', () => {
  expect(parseGpuList('0, NVIDIA L4, 23034, 550.54.15\n1, NVIDIA L4, 23034, 550.54.15\n')).toEqual([
    { index: 0, name: 'NVIDIA L4', memoryBytes: 23034 * 1024 * 1024, driver: '550.54.15' },
    { index: 1, name: 'NVIDIA L4', memoryBytes: 23034 * 1024 * 1024, driver: '550.54.15' },
  ]);
  expect(parseGpuList('')).toEqual([]);
});
