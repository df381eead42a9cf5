import { DataError, RunError } from '../shared/errors.ts';
import { type EndedProgram, lastLine, runProgram } from './run-program.ts';
import type { SetupContext } from './setup-command.ts';
import { wheelPython } from './tensorflow-source.ts';

/** Newest first: pip takes a wheel of any of these, and TensorFlow 2.21 asks for 2.27. */
const platforms: Readonly<Record<string, readonly string[]>> = {
  x64: [
    'manylinux_2_28_x86_64',
    'manylinux_2_27_x86_64',
    'manylinux_2_17_x86_64',
    'manylinux2014_x86_64',
    'manylinux1_x86_64',
  ],
  arm64: [
    'manylinux_2_28_aarch64',
    'manylinux_2_27_aarch64',
    'manylinux_2_17_aarch64',
    'manylinux2014_aarch64',
  ],
};

/** @throws RunError where python3 or its pip is missing: before anything is downloaded */
export async function requirePip(directory: string, { signal }: SetupContext): Promise<void> {
  const { exitCode } = await runProgram('python3', ['-m', 'pip', '--version'], { directory, signal });
  if (exitCode !== 0) {
    throw new RunError('python3 has no pip.', 'On Debian and Ubuntu: apt-get install python3-pip');
  }
}

/**
 * Lets pip download wheels for this processor, whatever Python is installed. pip, rather than a download of our own, for
 * it knows the user's proxies, mirrors and certificates, and compares each file with the checksum of its index.
 *
 * @param command `download` or `install`, with its own parameters
 * @param requirements such as `tensorflow==2.21.0`
 * @throws DataError when the index cannot be reached, has no such release, or serves a damaged file
 */
export async function runPip(
  command: readonly string[],
  requirements: readonly string[],
  directory: string,
  { signal }: SetupContext,
): Promise<void> {
  const ended = await runProgram(
    'python3',
    [
      ...['-m', 'pip', ...command, '--no-deps', '--only-binary=:all:', '--no-input', '--retries', '2'],
      ...['--python-version', wheelPython.version, '--implementation', 'cp', '--abi', wheelPython.abi],
      ...(platforms[process.arch] ?? []).flatMap((platform) => ['--platform', platform]),
      ...requirements,
    ],
    {
      directory,
      signal,
      showProgress: true,
      environment: {
        PIP_ROOT_USER_ACTION: 'ignore',
        PIP_DISABLE_PIP_VERSION_CHECK: '1',
        // Gigabytes are too much for many a /tmp; and what an ended pip leaves behind goes with the folder.
        TMPDIR: directory,
      },
    },
  );
  if (ended.exitCode !== 0) throw pipFailure(ended, requirements);
}

function pipFailure({ stderr, exitCode, signal }: EndedProgram, requirements: readonly string[]): DataError {
  const wanted = requirements.join(', ');
  const broken = /after connection broken by '(?<reason>[^\n]*?)': \//.exec(stderr)?.groups?.['reason'];
  if (broken !== undefined) {
    return new DataError(
      `the package index of pip cannot be reached: ${connectionProblem(broken)}.`,
      'pip takes proxies from HTTPS_PROXY, a mirror from PIP_INDEX_URL. Without a network: --tensorflow FILE.whl',
    );
  }
  const versions = /\(from versions: (?<versions>[^)]*)\)/.exec(stderr)?.groups?.['versions'];
  if (versions !== undefined) {
    const releases = versions.split(', ').filter((version) => !/rc\d+$/.test(version));
    const offered = versions === 'none' ? 'no version at all' : releases.join(', ');
    return new DataError(
      `${wanted} is not to be had for Linux on ${process.arch} (${wheelPython.abi}). The package index of pip has ${offered}.`,
      'Choose one of those: npm run setup:cuda -- --tensorflow pypi:VERSION',
    );
  }
  const complaint = lastLine(stderr) || `it ended with ${signal ?? `exit code ${exitCode}`}`;
  return new DataError(`pip could not get ${wanted}: ${complaint}`);
}

/** Of `NewConnectionError('<urllib3… object at 0x…>: Failed to establish …: [Errno 111] Connection refused')`: the end. */
function connectionProblem(text: string): string {
  const systemError = /\[Errno -?\d+\] (?<problem>[^'")]+)/.exec(text)?.groups?.['problem'];
  return systemError ?? text.replaceAll(/<[^>]*>(?:: |, )?/g, '');
}
