// A worker whose child process is that of faulty-engine.mjs.
import { serveWorker } from '../../dist/worker/serve.js';

export default (task) => serveWorker(task, undefined, new URL('./faulty-engine.mjs', import.meta.url));
