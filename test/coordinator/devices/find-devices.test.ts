import { describe, expect, test } from 'vitest';
import { findDevices } from '../../../src/coordinator/devices/find-devices.ts';
import type { DeviceReport } from '../../../src/shared/device-report.ts';
import { ConfigError } from '../../../src/shared/errors.ts';

const usable = (name: string, model = '', isSoftware = false): DeviceReport => ({
  name,
  model,
  isSoftware,
  problem: undefined,
  nextStep: undefined,
});
const unusable = (name: string, problem: string, nextStep: string): DeviceReport => ({
  ...usable(name),
  problem,
  nextStep,
});
const twoGpus = [usable('cuda:0', 'H100'), usable('cuda:1', 'H100')];
const noCuda = unusable('cuda', 'this machine shows no NVIDIA GPU.', 'buy one');

/** Finds devices on a machine that has those reported, and tells what was said of it. */
async function find(requested: string, reports: readonly DeviceReport[]) {
  const notices: string[] = [];
  const asked: string[][] = [];
  const devices = await findDevices(
    requested,
    (text) => notices.push(text),
    async (kinds) => {
      asked.push([...kinds]);
      return reports;
    },
  );
  return { devices, notices, asked };
}

describe('findDevices', () => {
  test('looks for nothing where no GPU is named', async () => {
    const { devices, asked } = await find('cpu, cpu-process,cpu', []);
    expect(devices).toEqual(['cpu', 'cpu-process', 'cpu']);
    expect(asked).toEqual([]);
  });

  test('makes all GPUs of cuda, and keeps the order of a list', async () => {
    expect((await find('cuda', twoGpus)).devices).toEqual(['cuda:0', 'cuda:1']);
    const { devices, asked } = await find('cuda:1,cpu,cuda:0,cuda:1', twoGpus);
    expect(devices).toEqual(['cuda:1', 'cpu', 'cuda:0', 'cuda:1']);
    expect(asked).toEqual([['cuda']]);
  });

  test('takes an adapter by a part of its name', async () => {
    const adapters = [
      usable('webgpu:NVIDIA H100', 'NVIDIA H100'),
      usable('webgpu:llvmpipe', 'llvmpipe', true),
    ];
    expect((await find('webgpu:h100', adapters)).devices).toEqual(['webgpu:h100']);
    expect((await find('webgpu', adapters)).devices).toEqual(['webgpu']);
    await expect(find('webgpu:radeon', adapters)).rejects.toThrow(
      'device webgpu:radeon cannot be had: this machine has webgpu:NVIDIA H100, webgpu:llvmpipe.',
    );
  });

  test('refuses what cannot be had with the reason and the next step, a line each, and 2 for an exit code', async () => {
    const noWebgpu = unusable('webgpu', 'the package webgpu is not installed.', 'npm run setup:webgpu');
    const failure = await find('cuda:0,webgpu,cpu', [noCuda, noWebgpu]).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ConfigError);
    expect(failure).toMatchObject({
      exitCode: 2,
      problems: [
        'device cuda:0 cannot be had: this machine shows no NVIDIA GPU.',
        'device webgpu cannot be had: the package webgpu is not installed.',
      ],
      nextStep: 'buy one',
    });
    await expect(find('cuda:2', twoGpus)).rejects.toThrow(
      'device cuda:2 cannot be had: this machine has cuda:0, cuda:1.',
    );
  });
});

describe('device auto', () => {
  test('takes all CUDA GPUs before any other', async () => {
    const { devices, notices } = await find('auto', [...twoGpus, usable('webgpu:H100')]);
    expect(devices).toEqual(['cuda:0', 'cuda:1']);
    expect(notices).toEqual(['device auto: cuda:0, cuda:1']);
  });

  test('takes a GPU through WebGPU before the cpu, but none that is played, and says why nothing better', async () => {
    const real = await find('auto', [noCuda, usable('webgpu:llvmpipe', '', true), usable('webgpu:Radeon')]);
    expect(real.devices).toEqual(['webgpu:Radeon']);
    expect(real.notices).toEqual(['device auto: webgpu:Radeon (cuda: this machine shows no NVIDIA GPU.)']);
    const played = await find('auto', [noCuda, usable('webgpu:llvmpipe', '', true)]);
    expect(played.devices).toEqual(['cpu']);
    expect(played.notices).toEqual([
      'device auto: cpu (cuda: this machine shows no NVIDIA GPU.; webgpu:llvmpipe: software, slower than the kernels)',
    ]);
  });
});
