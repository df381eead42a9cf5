/** The TensorFlow.js API as types: the packages themselves are loaded by the backends alone, and only when asked for. */
import type * as core from '@tensorflow/tfjs-core';

export type TensorFlow = typeof core;
export type { KernelBackend, Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';

/** TensorFlow.js with one device behind it. A process has at most one at a time: the library's state is global. */
export interface TfjsBackend {
  readonly tensorflow: TensorFlow;
  /** What computes, as it is shown to people: `webgpu (SwiftShader Device)`. */
  readonly device: string;
  /** Whether reading a tensor blocks the thread until the device has computed it, rather than resolving later. */
  readonly readsBlock: boolean;
  /** Bytes of memory taken on the device, where the backend knows; else what the tensors hold. */
  memoryBytes(): number;
  /** The first error that the device reported outside of any call: what was computed since is not to be trusted. */
  failure(): Error | undefined;
  dispose(): Promise<void>;
}
