/**
 * Why TensorFlow uses no GPU, from what it wrote on standard error with `TF_CPP_VMODULE=dso_loader=1`.
 * @returns a sentence, with what helps; undefined where it does not say
 */
export function explainGpuProblem(stderr: string): string | undefined {
  const missing = new Set(
    [...stderr.matchAll(/Could not load dynamic library '(?<name>[^']+)'/g)].map(
      ({ groups }) => groups?.['name'] ?? '',
    ),
  );
  if (missing.has('libcuda.so.1')) return 'there is no NVIDIA driver (libcuda.so.1).';
  // Its words where libcudart is missing, whatever the drivers.
  if (stderr.includes('Could not find cuda drivers')) missing.add('libcudart');
  const needed = [...missing].filter((name) => !/^lib(nvinfer|nvidia-ml)/.test(name));
  if (needed.length > 0) {
    return `it does not find ${needed.join(', ')}; --tensorflow pypi --cuda-libraries pypi brings all that it needs.`;
  }
  const initialisation = /failed call to cuInit: [^\n]*/.exec(stderr)?.[0];
  return initialisation === undefined ? undefined : `${initialisation}.`;
}
