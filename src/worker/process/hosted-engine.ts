import { readFile } from 'node:fs/promises';
import { deviceKind, deviceSelector } from '../../shared/device.ts';
import type { EngineOptions } from '../../shared/engine-options.ts';
import { createCpuEngine } from '../cpu-engine.ts';
import type { Engine } from '../engine.ts';

/** The build's output; the path is the same seen from src/worker/process and from dist/worker/process. */
const kernelsFile = new URL('../../../dist/worker/kernels.wasm', import.meta.url);

/**
 * Makes the engine of a device, in this process. What a device needs is loaded only here.
 * @param device a single name, such as `cuda:0`
 * @param maximumBatch most samples of one call
 * @throws Error with what is missing for the device
 */
export async function createHostedEngine(
  device: string,
  maximumBatch: number,
  options: EngineOptions,
): Promise<Engine> {
  const kind = deviceKind(device);
  switch (kind) {
    case 'cpu-process':
      return renamed(await createKernelEngine(maximumBatch, options), device);
    case 'cuda': {
      const { openTfjsEngine } = await import('../tfjs/open-engine.ts');
      const engine = await openTfjsEngine('cuda', options);
      return renamed(engine, engine.device.replace(/^cuda/, device));
    }
    case 'tensorflow-cpu': {
      const { openTfjsEngine } = await import('../tfjs/open-engine.ts');
      return await openTfjsEngine('tensorflow', options);
    }
    case 'webgpu': {
      const { openTfjsEngine } = await import('../tfjs/open-engine.ts');
      return await openTfjsEngine('webgpu', options, deviceSelector(device));
    }
    default:
      throw new Error(`no engine computes on ${device}`);
  }
}

async function createKernelEngine(maximumBatch: number, options: EngineOptions): Promise<Engine> {
  const module = await WebAssembly.compile(await readFile(kernelsFile));
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  const scratchBytes = exports['scratchBytes'] as (microBatch: number) => number;
  return await createCpuEngine(module, scratchBytes(maximumBatch), maximumBatch, options);
}

/** The engine, with the name by which its device was asked for. */
function renamed(engine: Engine, device: string): Engine {
  const memory = engine.memory?.bind(engine);
  return {
    device,
    ...(memory && { memory }),
    lossAndGradients: (batch) => engine.lossAndGradients(batch),
    evaluate: (batch) => engine.evaluate(batch),
    dispose: () => engine.dispose(),
  };
}
