/** Program of `npm run setup:cuda`: docs/cuda.md. */
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { ConfigError } from '../shared/errors.ts';
import { partsFolder } from '../worker/tfjs/optional-parts.ts';
import { setUpTensorflow } from './set-up-tensorflow.ts';
import { runSetup } from './setup-command.ts';
import { defaultVersion, isCpuWheel, parseTensorflowSource } from './tensorflow-source.ts';

const command = new Command('setup:cuda')
  .description(
    'Put TensorFlow for --device cuda into place: @tensorflow/tfjs-node-gpu with a libtensorflow that works.',
  )
  .option(
    '--tensorflow <source>',
    `where libtensorflow comes from: vendor (2.9.1, CUDA 11.2), pypi (${defaultVersion}, CUDA 12), pypi:VERSION, or a .whl file`,
    'vendor',
  )
  .option('--cpu', 'take a build without CUDA', false)
  .addOption(
    new Option(
      '--cuda-libraries <source>',
      'CUDA and cuDNN: those of the system, or wheels of NVIDIA from PyPI',
    )
      .choices(['system', 'pypi'])
      .default('system'),
  )
  .addOption(new Option('--into <folder>', 'for tests: another folder of optional parts').hideHelp());

await runSetup(command, async (options, context) => {
  const { platform, arch } = process;
  if (platform !== 'linux' || (arch !== 'x64' && arch !== 'arm64')) {
    throw new ConfigError(
      [`setup:cuda knows Linux on x64 and arm64, this is ${platform} on ${arch}.`],
      'A GPU of any make can be used through WebGPU: npm run setup:webgpu',
    );
  }
  const flags = { cpu: options['cpu'] === true, architecture: arch };
  const source = parseTensorflowSource(String(options['tensorflow']), flags);
  await setUpTensorflow(
    {
      source,
      cpu: flags.cpu || (source.kind === 'wheel' && isCpuWheel(source.path)),
      cudaLibraries: options['cudaLibraries'] === 'pypi' ? 'pypi' : 'system',
      partsFolder: typeof options['into'] === 'string' ? resolve(options['into']) : partsFolder,
    },
    context,
  );
});
