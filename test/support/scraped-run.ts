import { RunMetrics } from '../../src/coordinator/metrics/run-metrics.ts';
import { combineListeners } from '../../src/coordinator/telemetry/combine-listeners.ts';
import type { TrainingListener } from '../../src/coordinator/training-options.ts';
import { parseMetrics, type Scrape } from './observation.ts';

/** Metrics of a run that are asked at each of its events. */
export interface ScrapedRun {
  listener: Required<TrainingListener>;
  /** What they said: at 'creation', 'start', 'training of epoch 1 ended', 'epoch 1 ended', 'worker replaced', 'end'. */
  at(moment: string): Promise<Scrape>;
}

export function scrapesOf(): ScrapedRun {
  const metrics = new RunMetrics();
  const texts = new Map<string, Promise<string>>();
  const ask = (moment: string) => texts.set(moment, metrics.render());
  let epoch = 0;
  ask('creation');
  return {
    listener: combineListeners([
      metrics.listener,
      {
        onStart: () => ask('start'),
        onEpochStart: (progress) => {
          epoch = progress.epoch;
        },
        onEpochTrained: () => ask(`training of epoch ${epoch} ended`),
        onEpochEnd: (row) => ask(`epoch ${row.epoch} ended`),
        // The loss is counted, and the new worker on its way.
        onWorkerReplaced: () => setTimeout(() => ask('worker replaced')),
        onEnd: () => ask('end'),
      },
    ]),
    at: async (moment) => {
      const text = texts.get(moment);
      if (text === undefined) throw new Error(`there was no "${moment}"`);
      return parseMetrics(await text);
    },
  };
}
