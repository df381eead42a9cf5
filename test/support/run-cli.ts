import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const cli = fileURLToPath(new URL('../../dist/coordinator/cli.js', import.meta.url));

export interface CliOutcome {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Runs the built command line as a user would, off a terminal. */
export function runCli(
  args: readonly string[],
  options: { environment?: Record<string, string>; cwd?: string } = {},
): Promise<CliOutcome> {
  const { FORCE_COLOR: _, ...environment } = process.env;
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [cli, ...args],
      { env: { ...environment, ...options.environment }, cwd: options.cwd },
      (error, stdout, stderr) => {
        const exitCode = error === null ? 0 : error.code;
        if (typeof exitCode === 'number') resolve({ exitCode, stdout, stderr });
        else reject(error);
      },
    );
  });
}
