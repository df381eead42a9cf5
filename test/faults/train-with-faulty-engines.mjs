// Trains as `lockstep train` does, with the child processes of faulty-engine.mjs. Its
// argument is the configuration, as JSON; --verbose may follow.
import { reportFailure } from '../../dist/coordinator/terminal/report-failure.js';
import { train } from '../../dist/coordinator/trainer.js';

try {
  await train(JSON.parse(process.argv[2]), {
    verbose: process.argv.includes('--verbose'),
    workerFile: new URL('./worker-with-faulty-engine.mjs', import.meta.url),
  });
} catch (error) {
  process.exitCode = reportFailure(error, false);
}
