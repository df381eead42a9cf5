import { ConfigError } from '../../../shared/errors.ts';

/** Calls functions of native libraries. */
export type Koffi = typeof import('koffi');

/** The optional package that reaches native libraries. @throws ConfigError where it is not installed */
export async function loadKoffi(importKoffi: () => Promise<Koffi> = () => import('koffi')): Promise<Koffi> {
  try {
    return await importKoffi();
  } catch (error) {
    // koffi itself throws where npm left out the part for this machine (npm install --omit=optional).
    const text = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    throw new ConfigError(
      [`Training under MPI needs the npm package koffi, which cannot be loaded: ${text}`],
      'npm install koffi',
    );
  }
}
