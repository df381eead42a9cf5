import type { DeviceReport } from '../../shared/device-report.ts';
import type { WebgpuAdapter, WebgpuFindings } from '../../shared/probe-findings.ts';
import type { ProbeOutcome } from './run-probe.ts';
import { installCommand } from './system-packages.ts';

/** What can be used through WebGPU, or the first thing that is in its way. */
export function describeWebgpu(outcome: ProbeOutcome<WebgpuFindings>): DeviceReport[] {
  const adapters = outcome.findings?.adapters ?? [];
  if (adapters.length > 0) return adapters.map(describeAdapter);
  return [{ name: 'webgpu', model: '', isSoftware: false, ...findProblem(outcome) }];
}

function findProblem({
  findings,
  ended,
  output,
}: ProbeOutcome<WebgpuFindings>): Pick<DeviceReport, 'problem' | 'nextStep'> {
  if (findings?.installed === false) {
    return { problem: 'the package webgpu is not installed.', nextStep: 'npm run setup:webgpu' };
  }
  if (findings?.loaderError !== undefined) {
    return {
      problem: `the Vulkan loader is missing: ${findings.loaderError}.`,
      nextStep: installCommand('vulkanLoader'),
    };
  }
  if (findings?.loadError !== undefined) {
    return { problem: `Dawn does not load: ${findings.loadError}`, nextStep: 'npm run setup:webgpu' };
  }
  if (ended !== undefined) {
    const [lastLine = ''] = output.trim().split('\n').slice(-1);
    return {
      problem: `the process that looked for GPUs ${ended}: ${lastLine}`,
      nextStep: "update the GPU's driver",
    };
  }
  return { problem: 'no Vulkan driver offers a GPU.', nextStep: installCommand('vulkanDriver') };
}

function describeAdapter({ name, vendor, architecture, isSoftware, driver }: WebgpuAdapter): DeviceReport {
  // A list of devices is split at commas; what stands in brackets is of no use to tell adapters apart.
  const [selector = name] = name.split(/ \(|,/);
  return {
    name: `webgpu:${selector}`,
    model: name,
    vendor,
    architecture,
    ...(driver !== '' && { driver }),
    isSoftware,
    problem: undefined,
    nextStep: undefined,
  };
}
