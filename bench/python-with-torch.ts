import { spawnSync } from 'node:child_process';

export interface PythonWithTorch {
  /** Command that starts it. */
  command: string;
  torchVersion: string;
}

/** What a user of a Debian-like system runs to get PyTorch where `findPythonWithTorch` finds none. */
export const torchInstallCommand = 'sudo apt-get install python3-torch';

/**
 * The first Python that can import torch: the system's own, where Debian's python3-torch lives, then the one on PATH.
 * @param wanted the only one to look at
 * @returns undefined where none can
 */
export function findPythonWithTorch(wanted?: string): PythonWithTorch | undefined {
  for (const command of wanted === undefined ? ['/usr/bin/python3', 'python3'] : [wanted]) {
    const program = 'import torch; print(torch.__version__)';
    const { status, stdout } = spawnSync(command, ['-c', program], { encoding: 'utf8' });
    if (status === 0) return { command, torchVersion: stdout.trim() };
  }
  return undefined;
}
