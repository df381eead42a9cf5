import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DataError } from '../../shared/errors.ts';
import { systemErrorCode } from './file-error.ts';

const execute = promisify(execFile);

/** apt's own time limits end a dead connection long before; this one ends a hung process. */
const commandTimeoutMs = 10 * 60 * 1000;

interface DebianPackageOptions {
  onStep: (step: string) => void;
  signal?: AbortSignal | undefined;
}

/**
 * Downloads a Debian package with apt and unpacks it, without root and without a trace in the system: apt's lists,
 * cache, state and logs lie in a temporary directory, which is removed afterwards. Trust is as in any `apt-get install`:
 * the system's own sources and keys.
 *
 * @param use called with the root of the unpacked package, which is gone once its promise settles
 * @throws DataError when this is no Debian-like system, or its sources do not serve the package
 */
export async function withDebianPackage<T>(
  packageName: string,
  { onStep, signal }: DebianPackageOptions,
  use: (root: string) => Promise<T>,
): Promise<T> {
  const work = await mkdtemp(join(tmpdir(), 'lockstep-apt-'));
  const run = (program: string, parameters: string[]) => runCommand(program, parameters, work, signal);
  try {
    // Before apt spends its seconds.
    await run('dpkg-deb', ['--version']);
    const configuration = join(work, 'apt.conf');
    const directories = ['lists/partial', 'cache/archives/partial', 'state', 'log', 'root'];
    for (const directory of directories) await mkdir(join(work, directory), { recursive: true });
    await writeFile(configuration, aptConfiguration(work));
    onStep('package lists');
    await run('apt-get', ['-c', configuration, '-qq', 'update']);
    onStep(`${packageName}.deb`);
    await run('apt-get', ['-c', configuration, '-qq', 'download', packageName]);
    const archive = (await readdir(work)).find((name) => name.endsWith('.deb'));
    if (archive === undefined) throw new DataError(`apt-get download ${packageName} left no .deb file.`);
    onStep('unpacking');
    await run('dpkg-deb', ['-x', archive, 'root']);
    return await use(join(work, 'root'));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function aptConfiguration(work: string): string {
  return `
Dir::State "${work}/state";
Dir::State::Lists "${work}/lists";
Dir::Cache "${work}/cache";
Dir::Log "${work}/log";
// As root apt would read and write as user _apt, who cannot enter this directory.
APT::Sandbox::User "root";
// Hooks of the system are for its own lists and archives.
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Acquire::Languages "none";
Acquire::Retries "1";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
`;
}

async function runCommand(
  program: string,
  parameters: string[],
  directory: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await execute(program, parameters, {
      cwd: directory,
      timeout: commandTimeoutMs,
      ...(signal && { signal }),
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    if (systemErrorCode(error) === 'ENOENT') {
      throw new DataError(`${program} is not on the PATH.`, undefined, error);
    }
    const command = [program, ...parameters.filter((parameter) => /^[a-z]/.test(parameter))].join(' ');
    throw new DataError(`"${command}" failed: ${lastComplaint(error)}`, undefined, error);
  }
}

/** The last line that the command wrote to standard error, which is where apt says why it gives up. */
function lastComplaint(error: unknown): string {
  const output = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
  return output.trim().split('\n').at(-1) || (error instanceof Error ? error.message : String(error));
}
