import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The built command line. */
export const cliPath = fileURLToPath(new URL('../../dist/coordinator/cli.js', import.meta.url));

export interface EndedProcess {
  /** Null when a signal ended the process. */
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A running command line, off a terminal, that a test signals or kills. */
export interface CliProcess {
  process: ChildProcess;
  /** Resolves as soon as one of the outputs contains the text, or the process ends. */
  untilOutput(text: string): Promise<void>;
  ended: Promise<EndedProcess>;
}

export interface CliOptions {
  /** A command that runs node, with its own arguments: `['strace', '-f']`. */
  wrapper?: readonly string[];
  nodeArguments?: readonly string[];
  /** A program that takes the place of the command line. */
  program?: string;
  environment?: Readonly<Record<string, string>>;
  /** Gives it a process group of its own, for signals to all of its processes at once. */
  ownGroup?: boolean;
}

/** Starts the built command line as a user would. */
export function startCli(args: readonly string[], options: CliOptions = {}): CliProcess {
  const { FORCE_COLOR: _, ...environment } = process.env;
  const words = [
    ...(options.wrapper ?? []),
    process.execPath,
    ...(options.nodeArguments ?? []),
    options.program ?? cliPath,
    ...args,
  ];
  const child = spawn(words[0] as string, words.slice(1), {
    env: { ...environment, ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: options.ownGroup ?? false,
  });
  const output = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<EndedProcess>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => resolve({ exitCode, signal, ...output }));
  });
  return {
    process: child,
    untilOutput: (text) => {
      const seen = new Promise<void>((resolve) => {
        const look = () => {
          if (output.stdout.includes(text) || output.stderr.includes(text)) resolve();
        };
        listeners.add(look);
        look();
      });
      return Promise.race([seen, ended.then(() => undefined)]);
    },
    ended,
  };
}

/** Starts the command line and waits for its end. */
export function endCli(args: readonly string[], options: CliOptions = {}): Promise<EndedProcess> {
  return startCli(args, options).ended;
}
