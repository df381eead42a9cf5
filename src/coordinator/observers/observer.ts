import type { TrainingListener } from '../training-options.ts';

/** Something that watches a run from beside it, and that nothing in the run waits for. */
export interface Observer {
  listener: TrainingListener;
  /**
   * Called when the run is over, however it ended. Resolves when everything is written, sent and closed.
   * @param signal ends what only waits
   */
  close(signal: AbortSignal): Promise<void>;
}
