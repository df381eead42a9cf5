import { describe, expect, test } from 'vitest';
import { describeWebgpu } from '../../../src/coordinator/devices/describe-webgpu.ts';
import type { WebgpuAdapter, WebgpuFindings } from '../../../src/shared/probe-findings.ts';

const software: WebgpuAdapter = {
  name: 'llvmpipe (LLVM 15.0.6, 256 bits)',
  isSoftware: true,
  vendor: 'mesa',
  architecture: '',
  driver: 'llvmpipe: Mesa 22.3.6',
};

function outcome(findings: Partial<WebgpuFindings>) {
  return { findings: { installed: true, adapters: [], ...findings }, output: '' };
}

describe('describeWebgpu', () => {
  test('names adapters by what can stand in a list of devices, and tells software', () => {
    const gpu = { ...software, name: 'NVIDIA GeForce RTX 3090', isSoftware: false, driver: '' };
    const [first, second] = describeWebgpu(outcome({ adapters: [gpu, software] }));
    expect(first).toMatchObject({ name: 'webgpu:NVIDIA GeForce RTX 3090', isSoftware: false });
    expect(first).not.toHaveProperty('driver');
    const withComma = { ...gpu, name: 'Acme, Inc. GPU' };
    expect(describeWebgpu(outcome({ adapters: [withComma] }))).toMatchObject([{ name: 'webgpu:Acme' }]);
    expect(second).toMatchObject({
      name: 'webgpu:llvmpipe',
      model: software.name,
      driver: software.driver,
      isSoftware: true,
      problem: undefined,
    });
  });

  test.each([
    { name: 'no package', findings: { installed: false }, problem: /not installed/, step: /setup:webgpu/ },
    {
      name: 'no Vulkan loader',
      findings: { loaderError: 'libvulkan.so.1: cannot open shared object file' },
      problem: /Vulkan loader is missing: libvulkan\.so\.1/,
      step: /(install|-S) \S*vulkan/,
    },
    { name: 'no driver', findings: {}, problem: /no Vulkan driver/, step: /(install|-S) mesa/ },
    {
      name: 'no Dawn',
      findings: { loadError: 'GLIBC_2.38 not found' },
      problem: /GLIBC/,
      step: /setup:webgpu/,
    },
  ])('says what is in the way: $name', ({ findings, problem, step }) => {
    const reports = describeWebgpu(outcome(findings));
    expect(reports).toEqual([expect.objectContaining({ name: 'webgpu', isSoftware: false })]);
    expect(reports[0]?.problem).toMatch(problem);
    expect(reports[0]?.nextStep).toMatch(step);
  });

  test('a driver that ends the process is a problem with its last words', () => {
    const [report] = describeWebgpu({
      ...outcome({}),
      ended: 'was ended by SIGSEGV',
      output: 'a\nbad driver\n',
    });
    expect(report?.problem).toBe('the process that looked for GPUs was ended by SIGSEGV: bad driver');
  });
});
