import type { DeviceReport } from '../../shared/device-report.ts';
import type { TensorflowFindings, WebgpuFindings } from '../../shared/probe-findings.ts';
import { describeCuda } from './describe-cuda.ts';
import { describeWebgpu } from './describe-webgpu.ts';
import { findNvidiaGpus } from './nvidia-gpus.ts';
import { runProbe } from './run-probe.ts';

/**
 * What this machine has of the kinds named: each device that can be used, or, of a kind without any, why. Takes some seconds.
 * @param kinds `cuda` and `webgpu`; others have nothing to be probed
 */
export async function probeDevices(kinds: readonly string[]): Promise<readonly DeviceReport[]> {
  const probes: Promise<DeviceReport[]>[] = [];
  if (kinds.includes('cuda')) probes.push(probeCuda());
  if (kinds.includes('webgpu')) probes.push(runProbe<WebgpuFindings>('webgpu').then(describeWebgpu));
  return (await Promise.all(probes)).flat();
}

async function probeCuda(): Promise<DeviceReport[]> {
  const [outcome, machine] = await Promise.all([runProbe<TensorflowFindings>('cuda'), findNvidiaGpus()]);
  return describeCuda(outcome, machine);
}
