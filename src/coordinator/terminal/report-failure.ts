import { styleText } from 'node:util';
import { ConfigError, exitCodes, LockstepError } from '../../shared/errors.ts';

/**
 * Prints a failure on standard error: one line for each problem and, where there is one, the next step. In one piece: mpirun, which
 * ends the job of a rank that ends, may lose what a rank writes after its first line.
 * @param verbose with the stack traces of the failure and of its causes
 * @returns the exit code that the process should end with
 */
export function reportFailure(failure: unknown, verbose: boolean): number {
  const label = styleText('red', 'error:', { stream: process.stderr });
  const { lines, nextStep, exitCode } = describeFailure(failure, verbose);
  const text = [
    ...lines.map((line) => `${label} ${line}`),
    ...(nextStep === undefined ? [] : [nextStep]),
  ].join('\n');
  console.error(text);
  if (verbose) console.error(failure);
  return exitCode;
}

function describeFailure(failure: unknown, verbose: boolean) {
  if (failure instanceof LockstepError) {
    const { message, nextStep, exitCode } = failure;
    return { lines: failure instanceof ConfigError ? failure.problems : [message], nextStep, exitCode };
  }
  const report =
    'This is a bug of lockstep. Please report it with the output of the same command with --verbose.';
  return {
    lines: [failure instanceof Error ? failure.message : String(failure)],
    nextStep: verbose ? undefined : report,
    exitCode: exitCodes.internal,
  };
}
