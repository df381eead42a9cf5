import { updateRangeLength } from './memory-layout.ts';

/** FNV-1a, 32 bits, over words instead of bytes (http://www.isthe.com/chongo/tech/comp/fnv/). */
const offsetBasis = 0x811c9dc5;
const prime = 0x01000193;

/**
 * Digest of elements [from, to) of parameters: one range of the update takes microseconds. Not against forgers.
 * @returns unsigned
 */
export function digestParameters(parameters: Float32Array, from: number, to: number): number {
  const words = new Uint32Array(parameters.buffer, parameters.byteOffset + 4 * from, to - from);
  let digest = offsetBasis;
  for (let index = 0; index < words.length; index++) {
    digest = Math.imul(digest ^ (words[index] as number), prime);
  }
  return digest >>> 0;
}

/** Of all that an evaluation depends on and a run keeps: the parameters, and what is evaluated in their place. An integer below 2^52. */
export function digestModel(parameters: Float32Array, averages: Float32Array): number {
  const low = digestParameters(parameters, 0, parameters.length);
  const high = digestParameters(averages, 0, averages.length) % 2 ** 20;
  return high * 2 ** 32 + low;
}

/** The range of the update that a step digests: each one in turn. */
export function digestedRange(globalStep: number, parameterCount: number): { from: number; to: number } {
  const ranges = Math.ceil(parameterCount / updateRangeLength);
  const from = (globalStep % ranges) * updateRangeLength;
  return { from, to: Math.min(from + updateRangeLength, parameterCount) };
}
