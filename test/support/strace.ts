import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type EndedProcess, endCli } from './cli-process.ts';

const deterministicNames = fileURLToPath(new URL('../faults/deterministic-names.mjs', import.meta.url));
/** A question mark: not every architecture has it. */
const tracedCalls = 'openat,write,statx,fsync,close,?rename,?renameat,?renameat2,read,?unlink,?unlinkat';

/** Why system calls cannot be traced here; undefined where they can. */
export function straceProblem(): string | undefined {
  const { error, status, stderr } = spawnSync('strace', ['-qq', '-e', 'trace=none', 'true'], {
    encoding: 'utf8',
  });
  if (error !== undefined) return 'strace is not installed';
  return status === 0 ? undefined : `strace cannot trace here: ${stderr.trim()}`;
}

/** Where `writeFileAtomically` writes the file before it takes its name, in a traced process. */
export function temporaryPathOf(path: string): string {
  return path.replace(/([^/]+)$/, '.$1.000000000000.tmp');
}

export interface SystemCall {
  name: string;
  /** The same on every architecture: `rename` for `renameat`. */
  kind: string;
  /** As strace prints it. */
  line: string;
  /** 1 for the first call of this name. */
  ordinal: number;
}

/**
 * Runs the command line under strace, with one thread for all file operations, so that their order is always the same.
 * @param paths calls on these files alone are traced and tampered with
 * @param injection as for `strace -e inject=`
 */
export async function traceCli(
  args: readonly string[],
  trace: { paths?: readonly string[]; injection?: string },
): Promise<EndedProcess & { calls: SystemCall[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-strace-'));
  const log = join(folder, 'log');
  try {
    const ended = await endCli(args, {
      wrapper: [
        ...['strace', '-f', '-qq', '-o', log, '-e', `trace=${tracedCalls}`],
        // Stops at the traced calls alone, which is faster; but a signal that is injected there gets lost.
        ...(trace.injection?.includes('signal=') ? [] : ['--seccomp-bpf']),
        ...(trace.paths ?? []).flatMap((path) => ['-P', path]),
        ...(trace.injection === undefined ? [] : ['-e', `inject=${trace.injection}`]),
      ],
      nodeArguments: ['--import', deterministicNames],
      environment: { UV_THREADPOOL_SIZE: '1' },
    });
    return { ...ended, calls: parseLog(readFileSync(log, 'utf8')) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function parseLog(log: string): SystemCall[] {
  const counts = new Map<string, number>();
  return [...log.matchAll(/^\d+ +((\w+)\(.*)$/gm)].map(([, line, name]) => {
    const ordinal = (counts.get(name as string) ?? 0) + 1;
    counts.set(name as string, ordinal);
    const kind = (name as string).replace(/^(rename|unlink)at2?$/, '$1');
    return { name: name as string, kind, line: line as string, ordinal };
  });
}
