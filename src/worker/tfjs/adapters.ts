import type { WebgpuAdapter } from '../../shared/probe-findings.ts';
import type { Dawn } from './backends/webgpu-backend.ts';

/** No GPU has it: asked for it, Dawn answers with a list of those that there are. */
const impossibleName = 'no adapter of this name';
/** Interfaces with all that TensorFlow.js needs; through OpenGL Dawn offers a part of it. */
const backends = new Set(['vulkan', 'metal', 'd3d12']);
const softwareNames = /swiftshader|llvmpipe|lavapipe|basic render/i;

/** Names of the adapters of this machine, in Dawn's order; each can be given back to it as `adapter=NAME`. */
export async function listAdapterNames({ create }: Dawn): Promise<string[]> {
  try {
    await create([`adapter=${impossibleName}`]).requestAdapter();
    // It finds none and says nothing where no interface to GPUs could be loaded at all.
    return [];
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const found = [...text.matchAll(/backend: '(?<backend>[^']*)', name: '(?<name>.*)'$/gm)];
    const usable = found.filter(({ groups }) => backends.has(groups?.['backend'] ?? ''));
    return [...new Set(usable.map(({ groups }) => groups?.['name'] ?? ''))];
  }
}

/** What Dawn tells of each adapter. */
export async function describeAdapters(dawn: Dawn): Promise<WebgpuAdapter[]> {
  const adapters: WebgpuAdapter[] = [];
  for (const name of await listAdapterNames(dawn)) {
    const adapter = await dawn.create([`adapter=${name}`]).requestAdapter();
    if (adapter === null) continue;
    const { vendor, architecture, description, isFallbackAdapter } = adapter.info;
    const isSoftware = isFallbackAdapter || softwareNames.test(name);
    adapters.push({ name, isSoftware, vendor, architecture, driver: description });
  }
  return adapters;
}
