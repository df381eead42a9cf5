import { describe, expect, test } from 'vitest';
import { plainEngine } from '../../../../src/shared/engine-options.ts';
import { openWebgpuBackend } from '../../../../src/worker/tfjs/backends/webgpu-backend.ts';
import { TfjsEngine } from '../../../../src/worker/tfjs/tfjs-engine.ts';
import { missingForSoftwareGpu, softwareGpuEnvironment } from '../../../support/software-gpu.ts';
import { describeTfjsEngine, fashionBatch } from '../engine-contract.ts';
import { describeVariants, twoVariants } from '../variants-contract.ts';

// The loader of the drivers reads it when Dawn is first used.
Object.assign(process.env, softwareGpuEnvironment);
const missing = missingForSoftwareGpu();

describeTfjsEngine('WebGPU, on a GPU in software', {
  open: () => openWebgpuBackend('swiftshader'),
  missing,
  repeatsBits: true,
});

describeVariants('WebGPU, on a GPU in software', {
  open: () => openWebgpuBackend('swiftshader'),
  missing,
  variants: twoVariants,
});

describe('openWebgpuBackend', () => {
  test('an adapter that is not there is an error that names it', async (context) => {
    if (missing !== undefined) context.skip(missing);
    await expect(openWebgpuBackend('Voodoo')).rejects.toThrow(
      'no WebGPU adapter\'s name contains "Voodoo"; there are: SwiftShader',
    );
  });

  test('a GPU that refused a command fails the calls that follow', async (context) => {
    if (missing !== undefined) context.skip(missing);
    const createDevice = GPUAdapter.prototype.requestDevice;
    let device: GPUDevice | undefined;
    GPUAdapter.prototype.requestDevice = async function (...args) {
      device = await createDevice.apply(this, args);
      return device;
    };
    const engine = new TfjsEngine(await openWebgpuBackend(undefined), plainEngine);
    GPUAdapter.prototype.requestDevice = createDevice;
    expect((await engine.evaluate(fashionBatch(0, 1))).predictions).toHaveLength(1);
    device?.createBuffer({ size: 16, usage: 0 });
    await expect(engine.evaluate(fashionBatch(0, 1))).rejects.toThrow(/refused a command: Buffer usages/);
    await engine.dispose();
  });

  test('a call that is in flight when the engine is disposed is answered', async (context) => {
    if (missing !== undefined) context.skip(missing);
    const engine = new TfjsEngine(await openWebgpuBackend(undefined), plainEngine);
    const call = engine.evaluate(fashionBatch(0, 2));
    await engine.dispose();
    expect((await call).predictions).toHaveLength(2);
  });
});
