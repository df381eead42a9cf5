import { readFileSync } from 'node:fs';

/**
 * The first 64 training images of FashionMNIST: uint8[64, 28, 28] and uint8[64]. The headers of the two IDX files (16 and
 * 8 bytes) are skipped by hand, so that a fault in the parser under test cannot reach the numeric tests.
 */
export function readFashionImages(): { images: Uint8Array; labels: Uint8Array } {
  const fixture = (name: string) =>
    new Uint8Array(readFileSync(new URL(`../fixtures/fashion-64-${name}`, import.meta.url)));
  return {
    images: fixture('images-idx3-ubyte').slice(16),
    labels: fixture('labels-idx1-ubyte').slice(8),
  };
}
