import { readFileSync } from 'node:fs';
import { loadavg, totalmem } from 'node:os';
import { currentMachine, type Machine } from '../machine.ts';

/** What the figures were measured on. */
export interface BenchMachine extends Machine {
  memoryBytes: number;
  node: string;
  system: string;
  /** Mean number of runnable threads in the minute before the first run; 0 on Windows, which does not count them. */
  loadBefore: number;
}

/** Of `loadBefore`: above it, something else was taking half a core or more. */
export const quietLoad = 0.5;

function readCpuInfo(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
}

/**
 * Virtual machines often call the processor no more than `AMD EPYC`: family and model tell which one it is.
 * @param cpuInfo Linux's /proc/cpuinfo, which has both on x86
 * @returns nothing, where it does not tell
 */
export function cpuGeneration(cpuInfo: string): string[] {
  const family = /^cpu family\s*: (\d+)$/m.exec(cpuInfo)?.[1];
  const model = /^model\s*: (\d+)$/m.exec(cpuInfo)?.[1];
  return family === undefined || model === undefined ? [] : [`family ${family} model ${model}`];
}

/** To be called before the first run. */
export function describeMachine(): BenchMachine {
  const { cpu, cores } = currentMachine();
  return {
    cpu: [cpu, ...cpuGeneration(readCpuInfo())].join(', '),
    cores,
    memoryBytes: totalmem(),
    node: process.version,
    system: `${process.platform} ${process.arch}`,
    loadBefore: loadavg()[0] as number,
  };
}
