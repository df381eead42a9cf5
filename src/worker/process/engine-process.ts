import { createHostedEngine } from './hosted-engine.ts';
import { serveEngine } from './serve-engine.ts';

/** The file that a child process runs. */
await serveEngine(createHostedEngine);
