/** What is known of a run's rest. */
export interface RemainingWork {
  /** Of training, in all epochs. */
  samples: number;
  /** Those that are still to begin, and the one that goes on. */
  validations: number;
  samplesPerSecond: number;
  /** What a validation takes. */
  validationSeconds: number;
  /** For how long the current one goes on already. */
  validatedSeconds: number;
}

/** Seconds until the end of the run if it goes on as it does: infinite if it stands still. */
export function secondsLeft(work: RemainingWork): number {
  const training = work.samples === 0 ? 0 : work.samples / work.samplesPerSecond;
  const validation = work.validations * work.validationSeconds - work.validatedSeconds;
  return training + Math.max(0, validation);
}
