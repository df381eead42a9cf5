import type { TfjsBackend } from '../tensorflow.ts';

/** TensorFlow.js's backend in plain JavaScript: some 20 samples a second, for tests of the engine on any machine. */
export async function openCpuBackend(): Promise<TfjsBackend> {
  const tensorflow = await import('@tensorflow/tfjs-core');
  await import('@tensorflow/tfjs-backend-cpu');
  // Or it advertises its faster siblings on standard error.
  tensorflow.env().set('IS_NODE', false);
  await tensorflow.setBackend('cpu');
  return {
    tensorflow,
    device: 'tfjs-cpu',
    readsBlock: false,
    memoryBytes: () => tensorflow.memory().numBytes,
    failure: () => undefined,
    async dispose() {},
  };
}
