import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A GPU as NVIDIA's driver tells of it. */
export interface NvidiaGpu {
  /** Position in the order of PCI bus ids; `cuda:N`, where CUDA_VISIBLE_DEVICES hides none. */
  index: number;
  name: string;
  memoryBytes: number;
  /** Version of the driver: `550.54.15`. */
  driver: string;
}

/** What the machine has of NVIDIA. */
export interface NvidiaMachine {
  /** What nvidia-smi lists; undefined where it is missing, or gets no answer from the driver. */
  gpus: readonly NvidiaGpu[] | undefined;
  /** Whether a card of theirs is plugged in, whatever the driver says; only known on Linux. */
  hasCard: boolean;
}

const query = ['--query-gpu=index,name,memory.total,driver_version', '--format=csv,noheader,nounits'];
const queryDeadlineMilliseconds = 15_000;
const pciFolder = '/sys/bus/pci/devices';
const nvidiaVendor = '0x10de';
/** First two digits of a PCI class: display controllers. */
const displayClass = '0x03';

/** Asks the driver and the system for NVIDIA's GPUs. */
export async function findNvidiaGpus(): Promise<NvidiaMachine> {
  const listing = await promisify(execFile)('nvidia-smi', query, {
    timeout: queryDeadlineMilliseconds,
    killSignal: 'SIGKILL',
  }).catch(() => undefined);
  return { gpus: listing && parseGpuList(listing.stdout), hasCard: hasNvidiaCard() };
}

/** @param listing one line a GPU: `0, NVIDIA H100 80GB HBM3, 81559, 550.54.15`, memory in MiB */
export function parseGpuList(listing: string): NvidiaGpu[] {
  return listing
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [index, name = '', memory, driver = ''] = line.split(',').map((field) => field.trim());
      return { index: Number(index), name, memoryBytes: Number(memory) * 2 ** 20, driver };
    });
}

function hasNvidiaCard(): boolean {
  if (!existsSync(pciFolder)) return false;
  const read = (device: string, file: string) => readFileSync(join(pciFolder, device, file), 'utf8');
  return readdirSync(pciFolder).some(
    (device) =>
      read(device, 'vendor').startsWith(nvidiaVendor) && read(device, 'class').startsWith(displayClass),
  );
}
