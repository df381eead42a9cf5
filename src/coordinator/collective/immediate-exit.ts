import { loadKoffi } from './thread/koffi.ts';

/**
 * A function that ends the process at once, with all of its threads, and runs no exit handler. process.exit() first joins the
 * worker threads, and so waits for ever for one that is blocked in native code, from where nothing can terminate it.
 *
 * To be loaded ahead of need: the function itself waits for nothing.
 */
export async function loadImmediateExit(): Promise<(exitCode: number) => never> {
  const koffi = await loadKoffi();
  // null is the program itself: its C library, whatever that is called here.
  return koffi.load(null).func('void _exit(int status)') as unknown as (exitCode: number) => never;
}
