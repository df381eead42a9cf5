import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { within } from '../../shared/deadline.ts';
import type { ProbedKind } from '../../shared/probe-findings.ts';

/** The path is the same seen from src/ and from dist/; a process always runs the build's output. */
const probeFile = new URL('../../../dist/worker/tfjs/probe/probe-process.js', import.meta.url);
/** TensorFlow takes some ten seconds to make up its mind about several GPUs. */
const probeDeadlineMilliseconds = 60_000;
/** Enough for all that TensorFlow prints; a driver that prints without end fills no memory. */
const keptOutput = 100_000;

/** What came of probing. A process that crashed may have printed why. */
export interface ProbeOutcome<Findings> {
  /** The last ones that it sent; absent where it sent none. */
  findings?: Findings;
  /** How the process ended, where not by itself when it was done: "was ended by SIGABRT". */
  ended?: string;
  /** What it, and the native code in it, printed. */
  output: string;
}

/** Probes for devices of a kind, in a process of its own: a crash or a hang in native code is an outcome like others. */
export async function runProbe<Findings>(
  kind: ProbedKind,
  { file = probeFile, deadlineMilliseconds = probeDeadlineMilliseconds } = {},
): Promise<ProbeOutcome<Findings>> {
  const child = fork(file, [kind], { execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const output = collectOutput(child);
  let findings: Findings | undefined;
  child.on('message', (message) => {
    findings = message as Findings;
  });
  const closed = once(child, 'close');
  const inTime = await within(deadlineMilliseconds, closed);
  if (inTime === undefined) {
    child.kill('SIGKILL');
    await closed;
  }
  const ended = describeEnd(child, inTime !== undefined, deadlineMilliseconds);
  return {
    ...(findings !== undefined && { findings }),
    ...(ended !== undefined && { ended }),
    output: output(),
  };
}

function collectOutput(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      if (text.length < keptOutput) text += chunk;
    });
  }
  return () => text;
}

function describeEnd(
  { exitCode, signalCode }: ChildProcess,
  inTime: boolean,
  deadlineMilliseconds: number,
): string | undefined {
  if (!inTime) return `did not answer for ${deadlineMilliseconds / 1000} s`;
  if (signalCode !== null) return `was ended by ${signalCode}`;
  return exitCode === 0 ? undefined : `exited with code ${exitCode}`;
}
