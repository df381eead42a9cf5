import type { TensorflowFindings } from '../../../shared/probe-findings.ts';
import { openTensorflowBackend } from '../backends/tensorflow-backend.ts';
import { readPartRecord, requireOfPart } from '../optional-parts.ts';
import { loadLibrary } from './load-library.ts';

/**
 * Finds out what TensorFlow's addon can use. TensorFlow says on standard error what it misses.
 * @param report called before the addon is loaded, and again after
 */
export async function probeTensorflow(
  report: (findings: TensorflowFindings) => Promise<void>,
): Promise<void> {
  // biome-ignore lint/style/noProcessEnv: TensorFlow takes what follows from there alone, and this process does nothing else.
  const environment = process.env;
  Object.assign(environment, {
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    // Otherwise it takes all memory of all GPUs.
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    // All that it has to tell, each library that it looks for among it.
    TF_CPP_MIN_LOG_LEVEL: '0',
    TF_CPP_VMODULE: 'dso_loader=1',
  });
  const visibleDevices = environment['CUDA_VISIBLE_DEVICES'];
  const driverError = loadLibrary('libcuda.so.1');
  const findings: TensorflowFindings = {
    installed: requireOfPart('tensorflow') !== undefined,
    usesGpu: false,
    ...(driverError !== undefined && { driverError }),
    ...(visibleDevices !== undefined && { visibleDevices }),
  };
  const build = readPartRecord('tensorflow')?.contents['build'];
  if (build === 'cpu' || build === 'cuda') findings.build = build;
  await report(findings);
  if (!findings.installed) return;
  try {
    const { usesGpu, version } = await openTensorflowBackend(false);
    await report({ ...findings, usesGpu, version });
  } catch (error) {
    await report({ ...findings, loadError: error instanceof Error ? error.message : String(error) });
  }
}
