import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Whether processes can be listed here. */
export const canListProcesses = existsSync('/proc/self/environ');

/** What such a process runs; the one that starts it has the same text in its environment. */
const engineFiles = /\/(engine-process\.js|faulty-engine\.mjs)\0/;

/** Pids of the living processes that host an engine and have the text in their environment. */
export function engineProcesses(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => engineFiles.test(read(pid, 'cmdline')) && read(pid, 'environ').includes(text))
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
