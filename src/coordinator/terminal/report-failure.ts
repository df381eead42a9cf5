import { styleText } from 'node:util';
import { ConfigError, exitCodes, LockstepError } from '../../shared/errors.ts';

/**
 * Prints a failure on standard error: one line for each problem and, where there is one, the next step.
 * @param verbose with the stack traces of the failure and of its causes
 * @returns the exit code that the process should end with
 */
export function reportFailure(failure: unknown, verbose: boolean): number {
  const label = styleText('red', 'error:', { stream: process.stderr });
  if (failure instanceof LockstepError) {
    const lines = failure instanceof ConfigError ? failure.problems : [failure.message];
    for (const line of lines) console.error(`${label} ${line}`);
    if (failure.nextStep !== undefined) console.error(failure.nextStep);
    if (verbose) console.error(failure);
    return failure.exitCode;
  }
  const message = failure instanceof Error ? failure.message : String(failure);
  console.error(`${label} ${message}`);
  if (verbose) console.error(failure);
  else
    console.error(
      'This is a bug of lockstep. Please report it with the output of the same command with --verbose.',
    );
  return exitCodes.internal;
}
