import { describe, expect, test } from 'vitest';
import { explainGpuProblem } from '../../src/setup/gpu-problem.ts';

const missing = (name: string) =>
  `I0000 00:00:1.2 99 dso_loader.cc:144] Could not load dynamic library '${name}'; dlerror: ${name}: cannot open shared object file\n`;

describe('explainGpuProblem', () => {
  test('names the driver before all that follows from its lack', () => {
    const stderr = `${missing('libcuda.so.1')}E0000 cuda_platform.cc:52] failed call to cuInit: INTERNAL: UNKNOWN ERROR (303)\n`;
    expect(explainGpuProblem(stderr)).toBe('there is no NVIDIA driver (libcuda.so.1).');
  });

  test('names the libraries that a GPU needs, not those that it can do without', () => {
    const stderr = missing('libcudnn.so.9') + missing('libnvinfer.so.8') + missing('libnvidia-ml.so.1');
    expect(explainGpuProblem(stderr)).toMatch(/^it does not find libcudnn\.so\.9; --tensorflow pypi --cuda-/);
  });

  test('reads what TensorFlow says about drivers as the lack of libcudart that it is', () => {
    const stderr =
      'I0000 cudart_stub.cc:31] Could not find cuda drivers on your machine, GPU will not be used.\n';
    expect(explainGpuProblem(stderr)).toContain('it does not find libcudart;');
  });

  test("passes the driver's own complaint on", () => {
    const stderr = 'E0000 cuda_platform.cc:52] failed call to cuInit: CUDA_ERROR_UNKNOWN: unknown error\n';
    expect(explainGpuProblem(stderr)).toBe('failed call to cuInit: CUDA_ERROR_UNKNOWN: unknown error.');
  });

  test('has nothing to say where TensorFlow says nothing', () => {
    expect(explainGpuProblem('oneDNN custom operations are on.\n')).toBeUndefined();
  });
});
