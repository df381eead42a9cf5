import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../shared/errors.ts';
import { runProgram } from './run-program.ts';
import type { SetupContext } from './setup-command.ts';

/**
 * Installs packages into a folder that is a project of its own: Lockstep's package.json, lock file and node_modules are
 * not touched, and nothing of it is pruned by a later `npm install` there. No script of a package is run.
 *
 * @param packages exact versions by name
 * @throws DataError when npm cannot get them
 */
export async function installPackages(
  packages: Readonly<Record<string, string>>,
  folder: string,
  context: SetupContext,
): Promise<void> {
  const manifest = {
    private: true,
    description: 'Put in place by a setup script of lockstep',
    dependencies: packages,
  };
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  const { exitCode, stderr } = await runProgram(
    'npm',
    [
      ...['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'],
      // A package in npm's cache is as good: exact versions never change.
      '--prefer-offline',
      // npm tries each of a hundred packages three times over minutes before it says that there is no network.
      ...['--fetch-retries=1', '--fetch-retry-mintimeout=1000', '--fetch-timeout=60000'],
    ],
    { directory: folder, signal: context.signal },
  );
  if (exitCode === 0) return;
  const complaint = stderr
    .split('\n')
    .filter((line) => /^npm (error|ERR!) /.test(line) && !/A complete log of this run/.test(line))
    .map((line) => line.replace(/^npm (error|ERR!) /, ''))
    .slice(0, 2)
    .join(', ');
  throw new DataError(
    `npm could not install ${Object.entries(packages)
      .map((entry) => entry.join('@'))
      .join(', ')}: ${complaint || `exit code ${exitCode}`}`,
    'npm takes proxies from HTTPS_PROXY, a mirror from "npm config set registry URL".',
  );
}
