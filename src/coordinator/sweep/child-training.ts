import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { describeWriteFailure } from '../atomic-file.ts';

/** The path is the same seen from src/ and from dist/. */
const program = fileURLToPath(
  new URL('../../../dist/coordinator/sweep/training-process.js', import.meta.url),
);

export interface ChildTraining {
  /** Of `lockstep`. */
  args: readonly string[];
  /** A file that its output is appended to. */
  log: string;
  environment: NodeJS.ProcessEnv;
  /** Lets the run save and end. */
  signal: AbortSignal;
}

/**
 * Runs `lockstep train` in a process of its own, until it ends.
 * @returns what it failed with; undefined where it ended as it should, or was told to
 * @throws RunError when the log cannot be written
 */
export async function trainInChild(training: ChildTraining): Promise<string | undefined> {
  const { args, log, environment, signal } = training;
  const file = await openLog(log);
  try {
    const { size } = await file.stat();
    const child = spawn(process.execPath, [program, ...args], {
      env: withoutSettings(environment),
      stdio: ['ignore', file.fd, file.fd, 'ipc'],
      // Of its own group: a Ctrl-C is for the sweep, which passes it on once; twice would be an end without a save.
      detached: true,
    });
    const stop = () => child.kill('SIGTERM');
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    try {
      const [exitCode, endedBy] = await endOf(child);
      const wasTold = signal.aborted && (exitCode === 143 || endedBy === 'SIGTERM');
      if (exitCode === 0 || wasTold) return undefined;
      return (await firstError(file, size)) ?? describeEnd(exitCode, endedBy);
    } catch (error) {
      return `its process cannot be started: ${(error as Error).message}.`;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  } finally {
    await file.close();
  }
}

async function openLog(path: string): Promise<FileHandle> {
  try {
    await mkdir(dirname(path), { recursive: true });
    return await open(path, 'a+');
  } catch (error) {
    throw describeWriteFailure(path, error);
  }
}

async function endOf(child: ChildProcess): Promise<[number | null, NodeJS.Signals | null]> {
  return (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
}

/** The arguments say everything; variables that a sweep has taken into account must not come in a second time. */
function withoutSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('LOCKSTEP_')));
}

/** The first line of the error that was written since the log had `from` bytes. */
async function firstError(file: FileHandle, from: number): Promise<string | undefined> {
  const { size } = await file.stat();
  const bytes = Buffer.alloc(size - from);
  await file.read(bytes, 0, bytes.length, from);
  const lines = stripVTControlCharacters(bytes.toString('utf8')).split('\n');
  return lines.find((line) => line.startsWith('error: '))?.slice('error: '.length);
}

function describeEnd(exitCode: number | null, signal: NodeJS.Signals | null): string {
  return signal === null
    ? `the process ended with exit code ${exitCode}.`
    : `the process was ended by ${signal}.`;
}
