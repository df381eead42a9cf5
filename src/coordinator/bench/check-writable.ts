import { open } from 'node:fs/promises';
import { ConfigError } from '../../shared/errors.ts';

/**
 * Looks whether the figures can be written once all is measured.
 * @param json the value of `--json`, where there is one
 * @throws ConfigError where they cannot
 */
export async function checkWritable(json: string | undefined): Promise<void> {
  if (json === undefined) return;
  try {
    // What it holds stays until there is something better.
    const file = await open(json, 'a');
    await file.close();
  } catch (cause) {
    throw new ConfigError([`--json: ${json} cannot be written: ${(cause as Error).message}.`]);
  }
}
