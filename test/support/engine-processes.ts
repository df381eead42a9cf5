import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Whether processes can be listed here. */
export const canListProcesses = existsSync('/proc/self/environ');

/** Pids of the living processes that host an engine and have the text in their environment. */
export function engineProcesses(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => read(pid, 'cmdline').includes('engine') && read(pid, 'environ').includes(text))
    .map(Number);
}

/** Resolves when there are so many of them; where that never comes, the test's own time ends. */
export async function untilEngineProcesses(text: string, count: number): Promise<number[]> {
  for (;;) {
    const found = engineProcesses(text);
    if (found.length === count) return found;
    await sleep(20);
  }
}

/** Empty for a process that has ended, be it awaited by its parent or not. */
function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
