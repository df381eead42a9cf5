import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { describeCuda } from '../../../src/coordinator/devices/describe-cuda.ts';
import type { NvidiaMachine } from '../../../src/coordinator/devices/nvidia-gpus.ts';
import type { ProbeOutcome } from '../../../src/coordinator/devices/run-probe.ts';
import type { TensorflowFindings } from '../../../src/shared/probe-findings.ts';

const gpus = [
  { index: 0, name: 'NVIDIA L4', memoryBytes: 24e9, driver: '550.54.15' },
  { index: 1, name: 'NVIDIA H100', memoryBytes: 80e9, driver: '550.54.15' },
];
const machine: NvidiaMachine = { gpus, hasCard: true };
const withoutDriver: NvidiaMachine = { gpus: undefined, hasCard: false };

/** What TensorFlow 2.21, built for CUDA, printed with a driver and no CUDA library, before it aborted. */
const printedWithoutLibraries = readFileSync(
  new URL('../../fixtures/tensorflow-without-cuda-libraries.txt', import.meta.url),
  'utf8',
);

function outcome(findings: Partial<TensorflowFindings>, output = ''): ProbeOutcome<TensorflowFindings> {
  return { findings: { installed: true, usesGpu: false, ...findings }, output };
}

describe('describeCuda, of a machine whose GPUs TensorFlow uses', () => {
  const used = { usesGpu: true, version: '2.21.0' };

  test('names each with its memory and driver', () => {
    const [first, second, ...others] = describeCuda(outcome(used), machine);
    expect(first).toMatchObject({ name: 'cuda:0', model: 'NVIDIA L4', problem: undefined });
    expect(second).toMatchObject({ name: 'cuda:1', memoryBytes: 80e9, driver: 'NVIDIA 550.54.15' });
    expect(others).toEqual([]);
  });

  test('counts from the first of those that CUDA_VISIBLE_DEVICES grants', () => {
    const reports = describeCuda(outcome({ ...used, visibleDevices: '1' }), machine);
    expect(reports).toMatchObject([{ name: 'cuda:0', model: 'NVIDIA H100' }]);
  });

  test('takes what TensorFlow prints where the driver’s own tool is missing', () => {
    const line = (index: number) =>
      `Created device /job:localhost/replica:0/task:0/device:GPU:${index} with 78000 MB memory:  -> device: ${index}, name: NVIDIA H100 80GB HBM3, pci bus id: 0000:0${index}:00.0, compute capability: 9.0`;
    const reports = describeCuda(outcome(used, `${line(0)}\n${line(1)}\n`), {
      gpus: undefined,
      hasCard: true,
    });
    expect(reports.map(({ name, model }) => `${name} ${model}`)).toEqual([
      'cuda:0 NVIDIA H100 80GB HBM3',
      'cuda:1 NVIDIA H100 80GB HBM3',
    ]);
  });
});

describe('describeCuda, of a machine whose GPUs it cannot use', () => {
  const driverError = 'libcuda.so.1: cannot open shared object file: No such file or directory';

  test.each([
    {
      name: 'no GPU of NVIDIA',
      outcome: outcome({ driverError }),
      machine: withoutDriver,
      problem: /shows no NVIDIA GPU.*libcuda\.so\.1/,
      nextStep: /--device webgpu/,
    },
    {
      name: 'a GPU without driver',
      outcome: outcome({ driverError }),
      machine: { gpus: undefined, hasCard: true },
      problem: /no driver for it \(libcuda\.so\.1\)/,
      nextStep: /apt-get install nvidia-driver/,
    },
    {
      name: 'GPUs that the environment hides',
      outcome: outcome({ visibleDevices: '-1' }),
      machine,
      problem: /CUDA_VISIBLE_DEVICES is "-1"/,
      nextStep: /unset CUDA_VISIBLE_DEVICES/,
    },
    {
      name: 'no package',
      outcome: outcome({ installed: false }),
      machine,
      problem: /tfjs-node-gpu is not installed/,
      nextStep: /npm run setup:cuda/,
    },
    {
      name: 'an addon that does not load',
      outcome: outcome({ loadError: 'TensorFlow does not load: libtensorflow.so.2: cannot open shared' }),
      machine,
      problem: /libtensorflow\.so\.2: cannot open/,
      nextStep: /npm run setup:cuda/,
    },
    {
      name: 'a build without CUDA',
      outcome: outcome({ build: 'cpu', version: '2.21.0' }),
      machine,
      problem: /TensorFlow 2\.21\.0.*without CUDA/,
      nextStep: /--tensorflow pypi --cuda-libraries pypi/,
    },
    {
      name: 'no CUDA libraries, after which TensorFlow aborts',
      outcome: { ...outcome({}, printedWithoutLibraries), ended: 'was ended by SIGABRT' },
      machine,
      problem: /made for CUDA 12, does not find libcudnn\.so\.9, libcudart\.so\.12, libcublas\.so\.12/,
      nextStep: /--cuda-libraries pypi/,
    },
    {
      name: 'CUDA newer than the vendor’s library knows',
      outcome: outcome(
        { version: '2.9.1' },
        "W dso_loader.cc:64] Could not load dynamic library 'libcudart.so.11.0'; dlerror: libcudart.so.11.0: cannot open shared object file",
      ),
      machine,
      problem: /^TensorFlow 2\.9\.1, made for CUDA 11, does not find libcudart\.so\.11\.0\.$/,
      nextStep: /--tensorflow pypi/,
    },
    {
      name: 'an old driver',
      outcome: outcome({}, 'x.cc:1] CUDA driver version is insufficient for CUDA runtime version\n'),
      machine,
      problem: /CUDA driver version is insufficient/,
      nextStep: /update NVIDIA's driver/,
    },
    {
      name: 'a driver that does not work',
      outcome: outcome({}, 'failed call to cuInit: INTERNAL: CUDA error: UNKNOWN ERROR (803)\n'),
      machine,
      problem: /does not work: failed call to cuInit: .*\(803\)/,
      nextStep: /nvidia-smi/,
    },
    {
      name: 'a process that died',
      outcome: { ended: 'was ended by SIGSEGV', output: 'first line\nlast line\n' },
      machine,
      problem: /was ended by SIGSEGV: last line/,
      nextStep: /setup:cuda/,
    },
  ])('$name', ({ outcome, machine, problem, nextStep }) => {
    const [report, ...others] = describeCuda(outcome, machine);
    expect(others).toEqual([]);
    expect(report?.name).toBe('cuda');
    expect(report?.problem).toMatch(problem);
    expect(report?.nextStep).toMatch(nextStep);
  });
});
