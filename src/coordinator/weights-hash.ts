import { createHash } from 'node:crypto';

/**
 * SHA-256 over the parameters as little-endian float32 in state_dict order: what "the same bits" is checked by.
 * @param parameters float32[61706]; may lie in shared memory
 */
export function hashWeights(parameters: Float32Array): string {
  // A copy: node:crypto takes no views of shared memory.
  const bytes = new Uint8Array(parameters.slice().buffer);
  return createHash('sha256').update(bytes).digest('hex');
}
