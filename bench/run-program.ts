import { spawn } from 'node:child_process';

/**
 * Runs a program to its end.
 * @param line the command and its arguments
 * @param extraEnvironment added to this process's own
 * @param onStderr told of all of its standard error so far, whenever there is more
 * @param onStart told the number of the process
 * @returns its standard output, and when it was started (seconds since 1970)
 * @throws Error with the end of its standard error where it fails
 */
export async function runProgram(
  line: readonly string[],
  extraEnvironment: Readonly<Record<string, string>> = {},
  onStderr: (soFar: string) => void = () => {},
  onStart: (pid: number) => void = () => {},
): Promise<{ stdout: string; startedAt: number }> {
  const [command = '', ...programArguments] = line;
  const startedAt = Date.now() / 1000;
  const child = spawn(command, programArguments, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...extraEnvironment },
  });
  if (child.pid !== undefined) onStart(child.pid);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    onStderr(stderr);
  });
  const outcome = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ?? String(code)));
  });
  if (outcome === '0') return { stdout, startedAt };
  throw new Error(
    `${line.join(' ')} ended with ${outcome}:\n${stderr.trim().split('\n').slice(-10).join('\n')}`,
  );
}
