import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RunError } from '../shared/errors.ts';
import { runProgram } from './run-program.ts';
import type { SetupContext } from './setup-command.ts';
import { tensorflowLibraries } from './tensorflow-wheel.ts';

/**
 * The version of Node-API that the package asks node-pre-gyp for on every Node that Lockstep runs on: the newest in its
 * list. Addons of one Node-API version load in all later releases of Node.
 */
const nodeApiVersion = 8;

/** @throws RunError where g++ is missing: before anything is downloaded */
export async function requireCompiler(directory: string, { signal }: SetupContext): Promise<void> {
  await runProgram('g++', ['--version'], { directory, signal });
}

export interface AddonSources {
  /** The npm package `@tensorflow/tfjs-node-gpu`; the libraries lie in its `deps/lib`. */
  packageFolder: string;
  /** Headers of TensorFlow's C API. */
  tensorflowHeaders: string;
  /** Headers of Node-API: those of the npm package `node-api-headers`, so that none need to be downloaded for this Node. */
  nodeApiHeaders: string;
}

/**
 * Compiles the package's own sources into the addon that it loads, linked with libtensorflow_cc: the library of the
 * wheels, which exports the same C API as the libtensorflow of the vendor's archives.
 *
 * @throws RunError when g++ fails
 */
export async function buildAddon(
  { packageFolder, tensorflowHeaders, nodeApiHeaders }: AddonSources,
  { signal }: SetupContext,
): Promise<void> {
  const target = join(packageFolder, 'lib', `napi-v${nodeApiVersion}`);
  await mkdir(target, { recursive: true });
  const { exitCode, stderr } = await runProgram(
    'g++',
    [
      ...['-std=c++17', '-O2', '-fPIC', '-shared', `-DNAPI_VERSION=${nodeApiVersion}`],
      ...['-I', tensorflowHeaders, '-I', nodeApiHeaders],
      ...['binding/tfjs_binding.cc', 'binding/tfjs_backend.cc'],
      ...['-L', 'deps/lib', ...tensorflowLibraries.map((library) => `-l:${library}`)],
      // Relative to the addon, so that the folder can be moved.
      '-Wl,-rpath,$ORIGIN/../../deps/lib',
      ...['-o', join(target, 'tfjs_binding.node')],
    ],
    { directory: packageFolder, signal },
  );
  if (exitCode === 0) return;
  const firstError =
    stderr.split('\n').find((line) => /error|undefined reference/.test(line)) ?? stderr.trim();
  throw new RunError(
    `g++ could not compile the addon: ${firstError}`,
    'TensorFlow 2.15 to 2.21 are known to compile. Another version: --tensorflow pypi:VERSION',
  );
}
