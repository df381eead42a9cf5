import { fileURLToPath } from 'node:url';
import { RunError } from '../shared/errors.ts';
import { explainGpuProblem } from './gpu-problem.ts';
import { lastLine, runProgram } from './run-program.ts';
import type { SetupContext } from './setup-command.ts';

export interface CheckResult<T> {
  result: T;
  /** What native code wrote to standard error. */
  stderr: string;
}

/**
 * Runs one of the check programs (`check-tensorflow`, `check-webgpu`) on a part's folder.
 * @throws RunError when it fails, with the reason as far as it can be told
 */
export async function runCheck<T>(
  name: 'check-tensorflow' | 'check-webgpu',
  partFolder: string,
  { signal }: SetupContext,
): Promise<CheckResult<T>> {
  // The build's output; the path is the same seen from src/setup and from dist/setup.
  const program = fileURLToPath(new URL(`../../dist/setup/${name}.js`, import.meta.url));
  const ended = await runProgram(process.execPath, [program, partFolder], {
    directory: partFolder,
    signal,
    // TensorFlow then names each library that it does not find.
    environment: { TF_CPP_MIN_LOG_LEVEL: '0', TF_CPP_VMODULE: 'dso_loader=1' },
  });
  if (ended.exitCode === 0) {
    return { result: JSON.parse(lastLine(ended.stdout)) as T, stderr: ended.stderr };
  }
  if (ended.signal === 'SIGILL') {
    throw new RunError(
      'libtensorflow ended with SIGILL: this processor lacks instructions that it was built for (AVX).',
      'A processor from 2012 on has them; some virtual machines hide them.',
    );
  }
  const gpuProblem = explainGpuProblem(ended.stderr);
  if (gpuProblem !== undefined && ended.signal !== null) {
    throw new RunError(`TensorFlow ended with ${ended.signal}: ${gpuProblem}`);
  }
  const reason = /^(?:\w*Error|terminate called|.*symbol lookup error)[^\n]*/m.exec(ended.stderr)?.[0];
  throw new RunError(
    `what was put together does not work: ${reason ?? ended.signal ?? lastLine(ended.stderr)}`,
    /GLIBC(XX)?_/.test(ended.stderr)
      ? "The system's C or C++ library is older than the one TensorFlow was built for: choose an older release with --tensorflow pypi:VERSION."
      : 'The same command with --verbose shows more.',
    new Error(ended.stderr),
  );
}
