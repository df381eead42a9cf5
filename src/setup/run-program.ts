import { spawn } from 'node:child_process';
import { RunError } from '../shared/errors.ts';

/** What a program left behind: its exit code (null where a signal ended it) and all that it printed. */
export interface EndedProgram {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface ProgramOptions {
  directory: string;
  /** Ends the program, and those that it has started, when aborted. */
  signal: AbortSignal;
  /** Lets the program draw its progress where standard output is a terminal. */
  showProgress?: boolean;
  /** Over and above this process's own environment. */
  environment?: Readonly<Record<string, string>>;
}

/** How to get a program that is missing: Debian's command, as the one that can be named exactly. */
const installCommands: Readonly<Record<string, string>> = {
  'g++': 'apt-get install g++',
  python3: 'apt-get install python3 python3-pip',
  npm: 'apt-get install npm',
};

/**
 * Runs a program to its end.
 * @throws RunError when it is not on the PATH; the signal's reason when the signal aborts, after the program has ended
 */
export function runProgram(
  program: string,
  parameters: readonly string[],
  options: ProgramOptions,
): Promise<EndedProgram> {
  const { directory, signal, showProgress = false, environment = {} } = options;
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, {
      cwd: directory,
      // biome-ignore lint/style/noProcessEnv: what a child inherits (PATH, proxies, pip's and npm's own settings); no setting of ours.
      env: { ...process.env, ...environment },
      stdio: ['ignore', showProgress && process.stdout.isTTY ? 'inherit' : 'pipe', 'pipe'],
      // A group of its own: a compiler's or a package manager's own children are ended with it.
      detached: true,
    });
    const output = { stdout: '', stderr: '' };
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text;
    });
    const end = () => endGroup(child.pid);
    signal.addEventListener('abort', end, { once: true });
    child.on('error', (error) => {
      signal.removeEventListener('abort', end);
      reject(isMissing(error) ? missingProgram(program, error) : error);
    });
    child.on('close', (exitCode, endedBy) => {
      signal.removeEventListener('abort', end);
      if (signal.aborted) reject(signal.reason);
      else resolve({ exitCode, signal: endedBy, ...output });
    });
  });
}

/** The last line that is not empty, which is where most programs say why they give up. */
export function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1)?.trim() ?? '';
}

function isMissing(error: Error): boolean {
  return 'code' in error && error.code === 'ENOENT';
}

function missingProgram(program: string, cause: Error): RunError {
  const command = installCommands[program];
  return new RunError(
    `${program} is not on the PATH.`,
    command === undefined ? undefined : `On Debian and Ubuntu: ${command}`,
    cause,
  );
}

function endGroup(processId: number | undefined): void {
  if (processId === undefined) return;
  try {
    process.kill(-processId, 'SIGKILL');
  } catch (error) {
    // It has ended meanwhile.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
