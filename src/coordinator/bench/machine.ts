import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** What the figures were measured on. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryBytes: number;
  node: string;
  system: string;
  /** Mean number of runnable threads in the minute before the first run; 0 on Windows, which does not count them. */
  loadBefore: number;
}

/** Of `loadBefore`: above it, something else was taking half a core or more. */
export const quietLoad = 0.5;

/** To be called before the first run. */
export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown CPU',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    node: process.version,
    system: `${process.platform} ${process.arch}`,
    loadBefore: loadavg()[0] as number,
  };
}
