import { LivePage } from '../../src/coordinator/page/live-page.ts';
import { ObservationServer } from '../../src/coordinator/server/observation-server.ts';
import { train } from '../../src/coordinator/trainer.ts';
import type { TrainedRun, TrainingOptions } from '../../src/coordinator/training-options.ts';
import type { Config } from '../../src/shared/config.ts';

/** Holds every worker up a little, so that a run of the slice takes some updates of the page. */
const slowWorker = new URL('../fixtures/slow-worker.mjs', import.meta.url);

/** A page that is served before its run begins. */
export interface LiveRun {
  url: string;
  /** Trains, slowly, with the page as its listener. */
  train(config: Config, options?: TrainingOptions): Promise<TrainedRun>;
  close(): Promise<void>;
}

export async function serveLivePage(): Promise<LiveRun> {
  process.env['SLOW_MILLISECONDS'] = '20';
  const page = new LivePage();
  const server = await ObservationServer.listen({ host: '127.0.0.1', port: 0 }, page.routes);
  return {
    url: server.url,
    train: (config, options = {}) =>
      train(config, { workerFile: slowWorker, ...options, listener: page.listener }),
    close: () => server.close(),
  };
}
