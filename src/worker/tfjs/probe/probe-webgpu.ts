import type { WebgpuFindings } from '../../../shared/probe-findings.ts';
import { describeAdapters } from '../adapters.ts';
import { loadDawn } from '../backends/webgpu-backend.ts';
import { requireOfPart } from '../optional-parts.ts';
import { loadLibrary } from './load-library.ts';

/**
 * Finds out which GPUs can be used through WebGPU.
 * @param report called before Dawn is loaded, and again after
 */
export async function probeWebgpu(report: (findings: WebgpuFindings) => Promise<void>): Promise<void> {
  const loaderError = process.platform === 'linux' ? loadLibrary('libvulkan.so.1') : undefined;
  const require = requireOfPart('webgpu');
  const findings: WebgpuFindings = {
    installed: require !== undefined,
    ...(loaderError !== undefined && { loaderError }),
    adapters: [],
  };
  await report(findings);
  if (require === undefined) return;
  try {
    const adapters = await describeAdapters(await loadDawn(require));
    await report({ ...findings, adapters });
  } catch (error) {
    await report({ ...findings, loadError: error instanceof Error ? error.message : String(error) });
  }
}
