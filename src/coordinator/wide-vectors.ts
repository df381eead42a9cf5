import { setFlagsFromString } from 'node:v8';

/** The first that makes vectors of 256 bits in loops, too; before, it gained nothing. */
const firstNodeVersion = 24;

/**
 * From now on, and for good, V8 compiles pairs of neighbouring 128-bit operations of WebAssembly into single 256-bit ones (AVX2), in
 * all threads of this process. Each lane computes what it did before, so the bits are the same. An experimental feature of V8, which
 * does nothing on a processor without AVX2.
 * @param onNotice told where it cannot be had; all goes on without it
 */
export function widenVectors(onNotice?: (text: string) => void): void {
  const problem = whyNotWide(process.versions.node, process.platform, process.arch);
  if (problem === undefined) setFlagsFromString('--experimental-wasm-revectorize');
  else onNotice?.(`no vectors of 256 bits: ${problem}. It goes on with 128 bits, to the same result.`);
}

/** What keeps this V8 from it; undefined where nothing does. */
export function whyNotWide(version: string, platform: string, arch: string): string | undefined {
  if (arch !== 'x64' || platform === 'darwin') {
    return `V8 has them on x86-64 under Linux and Windows, not on ${arch} under ${platform}`;
  }
  if (Number.parseInt(version, 10) < firstNodeVersion) {
    return `Node.js ${firstNodeVersion} or newer has them, this is ${version}`;
  }
  return undefined;
}
