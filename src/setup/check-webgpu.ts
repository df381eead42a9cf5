/**
 * Program: loads Dawn from the folder that is its argument, asks it for an adapter, and prints one line of JSON
 * (`WebgpuCheck`). A process of its own, since a driver may abort the one that loads it.
 */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface WebgpuCheck {
  /** Undefined where no GPU was found. */
  adapter?: { description: string; isSoftware: boolean };
}

interface Dawn {
  create(flags: string[]): {
    requestAdapter(): Promise<{
      info: { vendor: string; device: string; description: string; isFallbackAdapter?: boolean };
    } | null>;
  };
}

const require = createRequire(resolve(process.argv[2] ?? '', 'package.json'));
// The package is an ES module.
const dawn = (await import(pathToFileURL(require.resolve('webgpu')).href)) as Dawn;
const adapter = await dawn.create([]).requestAdapter();
const check: WebgpuCheck = {};
if (adapter !== null) {
  const { vendor, device, description, isFallbackAdapter } = adapter.info;
  check.adapter = { description: description || device || vendor, isSoftware: isFallbackAdapter === true };
}
// Dawn keeps the event loop alive.
process.stdout.write(`${JSON.stringify(check)}\n`, () => process.exit());
