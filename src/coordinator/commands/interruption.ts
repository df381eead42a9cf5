const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGUSR1: 0 } as const;
type CaughtSignal = keyof typeof exitCodes;

/**
 * Turns the first SIGINT, SIGTERM or SIGUSR1 into a request to save and end; a second one ends the process at once.
 * SIGUSR1 is what schedulers send ahead of time: a run that saved because of it has not failed.
 */
export class Interruption {
  readonly #controller = new AbortController();
  #first: CaughtSignal | undefined;

  constructor() {
    for (const name of Object.keys(exitCodes) as CaughtSignal[]) process.on(name, this.#catch);
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Of the first signal; undefined when there was none. */
  get exitCode(): number | undefined {
    return this.#first === undefined ? undefined : exitCodes[this.#first];
  }

  readonly #catch = (name: NodeJS.Signals): void => {
    if (this.#first !== undefined) process.exit(exitCodes[name as CaughtSignal]);
    this.#first = name as CaughtSignal;
    process.stderr.write(`\n${name}: finishing the step and saving; once more to end at once.\n`);
    this.#controller.abort();
  };
}
