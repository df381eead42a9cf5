import { afterEach, describe, expect, test, vi } from 'vitest';
import { deviceEnvironment } from '../../../src/worker/process/device-environment.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('deviceEnvironment', () => {
  test('shows a CUDA process one GPU, numbered as by nvidia-smi, and lets it share its memory', () => {
    vi.stubEnv('CUDA_VISIBLE_DEVICES', undefined);
    expect(deviceEnvironment('cuda:2')).toMatchObject({
      CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
      CUDA_VISIBLE_DEVICES: '2',
      TF_FORCE_GPU_ALLOW_GROWTH: 'true',
      PATH: process.env['PATH'],
    });
  });

  test('has NVIDIA compute in full single precision, whatever the user set', () => {
    vi.stubEnv('NVIDIA_TF32_OVERRIDE', '1');
    expect(deviceEnvironment('cuda:0')['NVIDIA_TF32_OVERRIDE']).toBe('0');
  });

  test('counts among the GPUs that a scheduler granted, by number or by name', () => {
    vi.stubEnv('CUDA_VISIBLE_DEVICES', '3, GPU-8f2a');
    expect(deviceEnvironment('cuda:0')['CUDA_VISIBLE_DEVICES']).toBe('3');
    expect(deviceEnvironment('cuda:1')['CUDA_VISIBLE_DEVICES']).toBe('GPU-8f2a');
    expect(deviceEnvironment('cuda:2')['CUDA_VISIBLE_DEVICES']).toBe('');
  });

  test('hides all GPUs from TensorFlow on the processor', () => {
    expect(deviceEnvironment('tensorflow-cpu')['CUDA_VISIBLE_DEVICES']).toBe('');
  });

  test('changes nothing for other devices', () => {
    expect(deviceEnvironment('webgpu')).toEqual(process.env);
  });
});
