import type { DeviceReport } from '../../shared/device-report.ts';
import type { TensorflowFindings } from '../../shared/probe-findings.ts';
import type { NvidiaGpu, NvidiaMachine } from './nvidia-gpus.ts';
import type { ProbeOutcome } from './run-probe.ts';

/** TensorFlow for today's GPUs and drivers, with the CUDA libraries that it wants. */
const setupCommand = 'npm run setup:cuda -- --tensorflow pypi --cuda-libraries pypi';

interface Problem {
  problem: string;
  nextStep: string;
}

/** What can be used through CUDA, or the first thing that is in its way. */
export function describeCuda(
  outcome: ProbeOutcome<TensorflowFindings>,
  machine: NvidiaMachine,
): DeviceReport[] {
  if (outcome.findings?.usesGpu === true) return describeGpus(outcome, machine.gpus ?? []);
  const [gpu] = machine.gpus ?? [];
  return [{ ...describeGpu('cuda', gpu), ...findProblem(outcome, machine) }];
}

/** The GPUs that TensorFlow tells it uses, in its order, with what the driver knows of them. */
function describeGpus(
  { output, findings }: ProbeOutcome<TensorflowFindings>,
  gpus: readonly NvidiaGpu[],
): DeviceReport[] {
  const visible = visibleGpus(gpus, findings?.visibleDevices);
  const used = [
    ...output.matchAll(
      /\/device:GPU:(?<index>\d+) with (?<megabytes>\d+) MB memory:.*? name: (?<name>[^,]+),/g,
    ),
  ];
  const count = Math.max(1, new Set(used.map(({ groups }) => groups?.['index'])).size, visible.length);
  return Array.from({ length: count }, (_, index) => {
    const told = used.find(({ groups }) => groups?.['index'] === String(index))?.groups;
    const gpu = visible[index];
    const report = describeGpu(`cuda:${index}`, gpu);
    return { ...report, model: gpu?.name ?? told?.['name'] ?? '', problem: undefined, nextStep: undefined };
  });
}

/** Those that CUDA_VISIBLE_DEVICES grants, in its order, where it gives numbers. */
function visibleGpus(gpus: readonly NvidiaGpu[], visibleDevices: string | undefined): readonly NvidiaGpu[] {
  const numbers = (visibleDevices ?? '').split(',').map((text) => text.trim());
  if (!numbers.every((text) => /^\d+$/.test(text))) return gpus;
  return numbers.flatMap((text) => gpus.filter(({ index }) => index === Number(text)));
}

function describeGpu(name: string, gpu: NvidiaGpu | undefined): Omit<DeviceReport, 'problem' | 'nextStep'> {
  if (gpu === undefined) return { name, model: '', isSoftware: false };
  const { memoryBytes, driver } = gpu;
  return { name, model: gpu.name, memoryBytes, driver: `NVIDIA ${driver}`, isSoftware: false };
}

function findProblem(outcome: ProbeOutcome<TensorflowFindings>, machine: NvidiaMachine): Problem {
  const { findings, output } = outcome;
  if (machine.gpus === undefined && findings?.driverError !== undefined) {
    return missingDriver(machine.hasCard);
  }
  if (findings?.visibleDevices !== undefined && /^\s*(-1.*)?$/.test(findings.visibleDevices)) {
    return {
      problem: `CUDA_VISIBLE_DEVICES is "${findings.visibleDevices}", which hides all GPUs.`,
      nextStep: 'unset CUDA_VISIBLE_DEVICES',
    };
  }
  if (findings?.installed === false) {
    return { problem: 'the package @tensorflow/tfjs-node-gpu is not installed.', nextStep: setupCommand };
  }
  if (findings?.loadError !== undefined) return { problem: findings.loadError, nextStep: setupCommand };
  if (findings?.build === 'cpu') {
    return {
      problem: `TensorFlow ${findings.version}, as it is installed, is a build without CUDA.`,
      nextStep: setupCommand,
    };
  }
  return findProblemInOutput(findings?.version, outcome.ended, output);
}

function missingDriver(hasCard: boolean): Problem {
  if (!hasCard) {
    return {
      problem: 'this machine shows no NVIDIA GPU, and has no driver for one (libcuda.so.1).',
      nextStep: 'CUDA needs a GPU by NVIDIA; one of another vendor goes with --device webgpu',
    };
  }
  return {
    problem: 'there is an NVIDIA GPU, but no driver for it (libcuda.so.1).',
    nextStep:
      "install NVIDIA's driver (Debian: apt-get install nvidia-driver); start a container with --gpus all",
  };
}

/** What TensorFlow printed on why it uses no GPU; a process that it aborted is heard as well. */
function findProblemInOutput(
  version: string | undefined,
  ended: string | undefined,
  output: string,
): Problem {
  const tensorflow = version === undefined ? 'TensorFlow' : `TensorFlow ${version}`;
  const missing = missingLibraries(output);
  if (missing.length > 0) {
    const cuda = /libcudart\.so\.(\d+)/.exec(missing.join())?.[1];
    const madeFor = cuda === undefined ? '' : `, made for CUDA ${cuda},`;
    return {
      problem: `${tensorflow}${madeFor} does not find ${missing.join(', ')}.`,
      nextStep: setupCommand,
    };
  }
  const told = (pattern: RegExp) => pattern.exec(output)?.[0].trim();
  const oldDriver = told(
    /[^\n:]*driver version is insufficient[^\n]*|CUDA_ERROR_(SYSTEM_DRIVER_MISMATCH|COMPAT_NOT_SUPPORTED)\w*/i,
  );
  if (oldDriver !== undefined) {
    return {
      problem: `${tensorflow} finds the driver too old: ${oldDriver}`,
      nextStep: "update NVIDIA's driver",
    };
  }
  const otherGpu = told(
    /[^\n]*minimum required Cuda capability[^\n]*|[^\n]*(no kernel image is available|NO_BINARY_FOR_GPU)[^\n]*/i,
  );
  if (otherGpu !== undefined) {
    return {
      problem: `${tensorflow} is not made for this GPU: ${withoutPlace(otherGpu)}`,
      nextStep: setupCommand,
    };
  }
  const initialisation = told(/failed call to cuInit: [^\n]*/);
  if (initialisation !== undefined) {
    return { problem: `the driver does not work: ${initialisation}.`, nextStep: 'nvidia-smi' };
  }
  const [lastLine = ''] = output.trim().split('\n').slice(-1);
  if (ended !== undefined) {
    return { problem: `the process that loaded it ${ended}: ${lastLine}`, nextStep: setupCommand };
  }
  return { problem: `${tensorflow} uses no GPU, and does not say why.`, nextStep: 'nvidia-smi' };
}

/** By name, in the order in which TensorFlow looked for them. TensorRT it can do without. */
function missingLibraries(output: string): string[] {
  const found = [...output.matchAll(/Could not load dynamic library '(?<name>[^']+)'/g)];
  const names = new Set(found.map(({ groups }) => groups?.['name'] ?? ''));
  return [...names].filter((name) => !name.startsWith('libnvinfer') && name !== 'libcuda.so.1');
}

/** A line of TensorFlow's log without time, thread and place in its source. */
function withoutPlace(line: string): string {
  return line.replace(/^.*?\.cc:\d+\] /, '');
}
