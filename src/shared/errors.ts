/** Process exit codes, as documented in README ("Exit codes"). Signals end with 128 + their number. */
export const exitCodes = {
  success: 0,
  /** A bug of ours, or a failure that no other code names. */
  internal: 1,
  /** A flag, environment variable, preset or argument that is wrong. */
  usage: 2,
  /** A data set or a file of weights that is missing, damaged or of the wrong kind. */
  data: 3,
  /** The run itself failed: non-finite loss, a lost worker, a full disk. */
  run: 4,
  /**
   * The processes of a run over several machines cannot go on together; started again, it can. The code is that of a process
   * ended by SIGUSR1, which Kubernetes' training operators take for an error that the user wants to be retried.
   */
  retry: 138,
} as const;

interface LockstepErrorOptions {
  exitCode: number;
  /** What the reader can do about it; printed behind the message. */
  nextStep?: string;
  cause?: unknown;
}

/** An error whose message is written for the user: the command line prints it without a stack trace. */
export abstract class LockstepError extends Error {
  readonly exitCode: number;
  readonly nextStep: string | undefined;

  constructor(message: string, options: LockstepErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.exitCode = options.exitCode;
    this.nextStep = options.nextStep;
  }
}

/** A configuration or a command line that is wrong; `problems` holds one line for each field. */
export class ConfigError extends LockstepError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[], nextStep?: string) {
    super(problems.join('\n'), {
      exitCode: exitCodes.usage,
      ...(nextStep === undefined ? {} : { nextStep }),
    });
    this.problems = problems;
  }
}

/** A data set, checkpoint or weights file that is missing, damaged or of the wrong kind. */
export class DataError extends LockstepError {
  constructor(message: string, nextStep?: string, cause?: unknown) {
    super(message, { exitCode: exitCodes.data, ...(nextStep === undefined ? {} : { nextStep }), cause });
  }
}

/** A run that cannot go on. */
export class RunError extends LockstepError {
  constructor(message: string, nextStep?: string, cause?: unknown, exitCode: number = exitCodes.run) {
    super(message, { exitCode, ...(nextStep === undefined ? {} : { nextStep }), cause });
  }

  /** The same failure in other words. */
  inOtherWords(message: string, nextStep: string | undefined): RunError {
    return new RunError(message, nextStep, this, this.exitCode);
  }
}
