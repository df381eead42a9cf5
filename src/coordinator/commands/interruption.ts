const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGUSR1: 0 } as const;
type CaughtSignal = keyof typeof exitCodes;

/**
 * Turns the first SIGINT, SIGTERM or SIGUSR1 into a request to save and end; a second one ends the process at once.
 * SIGUSR1 is what schedulers send ahead of time: a run that saved because of it has not failed.
 */
export class Interruption {
  readonly #controller = new AbortController();
  #first: CaughtSignal | undefined;
  #exitCode: number | undefined;
  #isRunOver = false;

  readonly #tells: boolean;
  #exit: (exitCode: number) => never = process.exit;

  /** @param tells whether this process tells of the signal; of several that train a run together, one is enough */
  constructor(tells = true) {
    this.#tells = tells;
    for (const name of Object.keys(exitCodes) as CaughtSignal[]) process.on(name, this.#catch);
  }

  /** By what a second signal ends the process. `process.exit`, the default, waits for ever for a thread that is in native code. */
  endBy(exit: (exitCode: number) => never): void {
    this.#exit = exit;
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Of the first signal; undefined when there was none while the run went on. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  /** From now on a signal only ends what is left to do: the run has ended as it has. */
  runIsOver(): void {
    this.#isRunOver = true;
  }

  readonly #catch = (name: NodeJS.Signals): void => {
    if (this.#first !== undefined) this.#exit(exitCodes[name as CaughtSignal]);
    this.#first = name as CaughtSignal;
    if (!this.#isRunOver) this.#saveAndEnd(this.#first);
    this.#controller.abort();
  };

  #saveAndEnd(name: CaughtSignal): void {
    this.#exitCode = exitCodes[name];
    if (this.#tells)
      process.stderr.write(`\n${name}: finishing the step and saving; once more to end at once.\n`);
  }
}
