import { availableParallelism, cpus, totalmem } from 'node:os';
import { styleText } from 'node:util';
import type { DeviceReport } from '../../shared/device-report.ts';
import { probeDevices } from '../devices/probe-devices.ts';
import { formatTable } from '../terminal/table.ts';

/** `lockstep devices`: lists what can be trained on, and for what cannot, why, and what would mend it. */
export async function devicesCommand({ json }: { json: boolean }): Promise<void> {
  const reports = [describeProcessor(), ...(await probeDevices(['cuda', 'webgpu']))];
  console.log(json ? JSON.stringify({ devices: reports }, undefined, 2) : formatDevices(reports));
}

/** A table of the devices that can be used, and below it a paragraph for each that cannot. */
function formatDevices(reports: readonly DeviceReport[]): string {
  const usable = reports.filter(({ problem }) => problem === undefined);
  const rows = usable.map((report) => [
    report.name,
    report.isSoftware ? `${report.model}, in software` : report.model,
    report.driver ?? '–',
    report.memoryBytes === undefined ? '–' : formatMemory(report.memoryBytes),
  ]);
  const table = formatTable(['device', 'what', 'driver', 'memory'], rows, 3);
  const problems = reports.flatMap(({ name, model, problem, nextStep }) =>
    problem === undefined
      ? []
      : [describeProblem(model === '' ? name : `${name} (${model})`, problem, nextStep)],
  );
  return [table, ...problems].join('\n\n');
}

function describeProblem(device: string, problem: string, nextStep: string | undefined): string {
  const lines = [`${styleText('bold', device)} cannot be used: ${problem}`];
  if (nextStep !== undefined) lines.push(`  What helps: ${nextStep}`);
  return lines.join('\n');
}

function describeProcessor(): DeviceReport {
  const cores = availableParallelism();
  const [first] = cpus();
  return {
    name: 'cpu',
    model: `${first?.model.trim() || process.arch}, ${cores} ${cores === 1 ? 'core' : 'cores'}`,
    memoryBytes: totalmem(),
    isSoftware: false,
    problem: undefined,
    nextStep: undefined,
  };
}

function formatMemory(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
