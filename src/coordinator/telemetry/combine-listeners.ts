import type { TrainingListener } from '../training-options.ts';

/** One listener that tells all of them, in order. */
export function combineListeners(listeners: readonly TrainingListener[]): Required<TrainingListener> {
  return {
    onProgress: (...event) => tell((each) => each.onProgress?.(...event)),
    onNotice: (...event) => tell((each) => each.onNotice?.(...event)),
    onWorkerReplaced: (...event) => tell((each) => each.onWorkerReplaced?.(...event)),
    onStart: (...event) => tell((each) => each.onStart?.(...event)),
    onEpochStart: (...event) => tell((each) => each.onEpochStart?.(...event)),
    onEpochTrained: () => tell((each) => each.onEpochTrained?.()),
    onEpochEnd: (...event) => tell((each) => each.onEpochEnd?.(...event)),
    onCheckpoint: (...event) => tell((each) => each.onCheckpoint?.(...event)),
    onCheckpointFailed: (...event) => tell((each) => each.onCheckpointFailed?.(...event)),
    onEnd: (...event) => tell((each) => each.onEnd?.(...event)),
  };

  function tell(call: (listener: TrainingListener) => void): void {
    for (const listener of listeners) call(listener);
  }
}
