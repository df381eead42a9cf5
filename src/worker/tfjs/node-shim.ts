import util from 'node:util';

/** Of `node:util`, what Node 23 removed and tfjs-node-gpu 4.22 still calls. */
const removedFunctions = {
  isArray: Array.isArray,
  isNullOrUndefined: (value: unknown): boolean => value === null || value === undefined,
};

/**
 * Gives `node:util` back the functions that `@tensorflow/tfjs-node-gpu` calls and Node >= 23 no longer has; without effect
 * where Node has them. To be called before the package is loaded. The one place that knows of this gap.
 */
export function restoreRemovedUtilFunctions(): void {
  for (const [name, restored] of Object.entries(removedFunctions)) {
    if (!(name in util)) Object.defineProperty(util, name, { value: restored, configurable: true });
  }
}
