import { exitCodes } from '../../shared/errors.ts';

/**
 * What cannot be written to standard output or error is lost, and that alone: a training goes on.
 *
 * Whoever read the output may leave, as `head` does, or a `tee` that is killed: every command then ends with the exit code of what
 * it did. Any other error, such as a full disk under `> log`, is told once, and ends a command that succeeded with exit code 4:
 * what it was to print is not there.
 */
export function outliveLostOutput(): void {
  for (const [name, stream] of Object.entries({ output: process.stdout, error: process.stderr })) {
    let isTold = false;
    stream.on('error', ({ code, message }: NodeJS.ErrnoException) => {
      if (code === 'EPIPE' || isTold) return;
      isTold = true;
      process.on('exit', (exitCode) => {
        if (exitCode === 0) process.exitCode = exitCodes.run;
      });
      console.error(`error: standard ${name} cannot be written, what is printed is lost: ${message}.`);
      console.error('Send it elsewhere, or make room.');
    });
  }
}
