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

/** To be called before the first run. */
export function describeMachine(): BenchMachine {
  return {
    ...currentMachine(),
    memoryBytes: totalmem(),
    node: process.version,
    system: `${process.platform} ${process.arch}`,
    loadBefore: loadavg()[0] as number,
  };
}
