import { serveWorker, type WorkerTask } from './serve.ts';

/** The file that the pool runs on each thread. */
export default function main(task: WorkerTask): Promise<void> {
  return serveWorker(task);
}
