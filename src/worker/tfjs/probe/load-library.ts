/**
 * Tries to load a shared library, as the dynamic linker finds it.
 * @param name such as `libvulkan.so.1`
 * @returns what it failed with; undefined where it loads
 */
export function loadLibrary(name: string): string | undefined {
  try {
    process.dlopen({ exports: {} }, name);
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // It is loaded by then, and only found to be no addon of Node's.
    return message.includes('did not self-register') ? undefined : message;
  }
}
