/** Program of `npm run setup:webgpu`: docs/webgpu.md. */
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { partsFolder } from '../worker/tfjs/optional-parts.ts';
import { setUpWebgpu } from './set-up-webgpu.ts';
import { runSetup } from './setup-command.ts';

const command = new Command('setup:webgpu')
  .description("Put TensorFlow.js's WebGPU backend and Dawn into place, for --device webgpu.")
  .addOption(new Option('--into <folder>', 'for tests: another folder of optional parts').hideHelp());

await runSetup(command, async (options, context) => {
  await setUpWebgpu(typeof options['into'] === 'string' ? resolve(options['into']) : partsFolder, context);
});
