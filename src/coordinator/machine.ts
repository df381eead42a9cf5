import { availableParallelism, cpus } from 'node:os';

/** What the times of a run depend on. */
export interface Machine {
  /** As the operating system calls it. */
  cpu: string;
  /** Cores that this process may use. */
  cores: number;
}

export function currentMachine(): Machine {
  return { cpu: cpus()[0]?.model.trim() || 'unknown', cores: availableParallelism() };
}
