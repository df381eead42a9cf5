import { chmod, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CliOptions, type CliProcess, startCli } from '../support/cli-process.ts';

const builtPrograms = fileURLToPath(new URL('../../dist/setup/', import.meta.url));

/** Starts a setup script as `npm run` would, on another folder of parts. */
export function startSetup(
  name: 'cuda' | 'webgpu',
  partsFolder: string,
  args: readonly string[],
  environment: CliOptions['environment'] = {},
): CliProcess {
  return startCli([...args, '--into', partsFolder], {
    program: join(builtPrograms, `${name}.js`),
    environment,
  });
}

/** What a setup has left in the folder of parts; nothing where there is no such folder. */
export async function leftovers(partsFolder: string): Promise<string[]> {
  return await readdir(partsFolder).catch(() => []);
}

/**
 * A folder for PATH with these programs and no others: a path is linked to, a text is the body of a shell script.
 */
export async function programFolder(
  folder: string,
  programs: Readonly<Record<string, { path: string } | { script: string }>>,
): Promise<string> {
  await mkdir(folder);
  for (const [name, program] of Object.entries(programs)) {
    const file = join(folder, name);
    if ('path' in program) await symlink(program.path, file);
    else {
      await writeFile(file, `#!/bin/sh\n${program.script}\n`);
      await chmod(file, 0o755);
    }
  }
  return folder;
}
