// Trains as `lockstep train` does, with the workers of faulty-worker.mjs. Its argument is the configuration, as JSON.
import { reportFailure } from '../../dist/coordinator/terminal/report-failure.js';
import { train } from '../../dist/coordinator/trainer.js';

try {
  await train(JSON.parse(process.argv[2]), { workerFile: new URL('./faulty-worker.mjs', import.meta.url) });
} catch (error) {
  process.exitCode = reportFailure(error, false);
}
