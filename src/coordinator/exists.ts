import { stat } from 'node:fs/promises';

/** Whether there is something at the path that can be seen. */
export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
