import { styleText } from 'node:util';
import { type Command, CommanderError } from 'commander';
import { reportFailure } from '../coordinator/terminal/report-failure.ts';
import { ConfigError } from '../shared/errors.ts';

/** What the steps of a setup are given. */
export interface SetupContext {
  /** Aborted by SIGINT and SIGTERM. */
  signal: AbortSignal;
  /** One line on standard output for each step. */
  onStep(text: string): void;
  /** What the user should know or do, though the setup goes on. */
  onNote(text: string): void;
}

const signalExitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs a setup script's command: parses the arguments, turns SIGINT and SIGTERM into an abort (a second one ends the
 * process at once), prints failures as the command line does, and sets the exit code (README, "Exit codes").
 */
export async function runSetup(
  command: Command,
  action: (options: Record<string, unknown>, context: SetupContext) => Promise<void>,
): Promise<void> {
  const interruption = new AbortController();
  let interruptedBy: keyof typeof signalExitCodes | undefined;
  const interrupt = (name: NodeJS.Signals) => {
    if (interruptedBy !== undefined) process.exit(signalExitCodes[interruptedBy]);
    interruptedBy = name as keyof typeof signalExitCodes;
    interruption.abort();
  };
  for (const name of Object.keys(signalExitCodes) as NodeJS.Signals[]) process.on(name, interrupt);
  const context: SetupContext = {
    signal: interruption.signal,
    onStep: (text) => console.log(text),
    onNote: (text) => console.log(`${styleText('yellow', 'note:', { stream: process.stdout })} ${text}`),
  };
  try {
    command
      .option('--verbose', 'print the stack trace of an error')
      .showSuggestionAfterError()
      .allowExcessArguments(false)
      .exitOverride()
      .configureOutput({ outputError: () => {} })
      .action((options: Record<string, unknown>) => action(options, context));
    await command.parseAsync();
  } catch (error) {
    if (interruptedBy !== undefined) {
      console.error(`${interruptedBy}: ended; what was in place before is unchanged.`);
      process.exitCode = signalExitCodes[interruptedBy];
    } else if (!(error instanceof CommanderError)) {
      process.exitCode = reportFailure(error, process.argv.includes('--verbose'));
    } else if (error.exitCode !== 0) {
      process.exitCode = reportFailure(new ConfigError([error.message.replace(/^error: /, '')]), false);
    }
  } finally {
    for (const name of Object.keys(signalExitCodes) as NodeJS.Signals[]) process.off(name, interrupt);
  }
}
