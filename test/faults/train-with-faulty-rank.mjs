// A rank that trains as `lockstep train` does, with the workers of faulty-rank-worker.mjs. Its argument is the configuration, as JSON.
import { trainTogether } from '../../dist/coordinator/collective/train-together.js';
import { train } from '../../dist/coordinator/trainer.js';
import { detectLauncher } from '../../dist/shared/launcher.js';

const workerFile = new URL('./faulty-rank-worker.mjs', import.meta.url);

await trainTogether(
  detectLauncher(process.env),
  () => ({ mpiLibrary: undefined, collectiveTimeout: 30 }),
  false,
  () => {},
  async (collective) => {
    await train(JSON.parse(process.argv[2]), { collective, workerFile });
    return 0;
  },
);
