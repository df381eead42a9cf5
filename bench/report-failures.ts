import { reportFailure } from '../src/coordinator/terminal/report-failure.ts';
import { LockstepError, RunError } from '../src/shared/errors.ts';

/** From now on, what this program fails with is told as `error: …`, without a stack trace. */
export function reportFailures(): void {
  process.on('uncaughtException', (failure) => {
    process.exit(reportFailure(failure instanceof LockstepError ? failure : inWords(failure), false));
  });
}

/** A peer that fails, or a file that is not there, is no bug of lockstep. */
function inWords(failure: Error): RunError {
  return new RunError(failure.message, undefined, failure);
}
