/** A run whose last epochs took another time than its first (other hardware after a resume) is judged by the last ones. */
const recentEpochs = 5;
/** Less of an epoch says little about how long it will take. */
const smallestShare = 0.02;

/**
 * Time as the history counts it: the seconds of all epochs one after the other, those of earlier processes included, without
 * the pauses between processes.
 */
export class RunClock {
  /** Seconds of the run at which the epoch that is under way began; of a resumed one, this process's part of it. */
  #epochBegan: number;
  /** Undefined between two epochs: what is written then is no part of either. */
  #epochBeganAt: number | undefined;
  #epochDoneAtStart: number;
  #trainingSeconds = 0;
  #trainingSince: number | undefined;
  #stoppedAt: number | undefined;

  /**
   * @param secondsBefore of all finished epochs
   * @param epochDone share of the first epoch's steps that were taken already, 0 to 1
   */
  constructor(secondsBefore: number, epochDone: number) {
    this.#epochBegan = secondsBefore;
    this.#epochDoneAtStart = epochDone;
  }

  /** Of the run, now. */
  get seconds(): number {
    return this.#epochBegan + this.#epochSeconds;
  }

  get epochBegan(): number {
    return this.#epochBegan;
  }

  /** Of training alone, in this process. */
  get trainingSeconds(): number {
    const running = this.#trainingSince === undefined ? 0 : (performance.now() - this.#trainingSince) / 1000;
    return this.#trainingSeconds + running;
  }

  /** With an epoch, or what is left of one. */
  trainingBegins(): void {
    this.#trainingSince = performance.now();
    this.#epochBeganAt = this.#trainingSince;
  }

  trainingEnds(): void {
    this.#trainingSeconds = this.trainingSeconds;
    this.#trainingSince = undefined;
  }

  /** @param seconds of the epoch, as in its row of the history */
  epochEnds(seconds: number): void {
    this.#epochBegan += seconds;
    this.#epochBeganAt = undefined;
    this.#epochDoneAtStart = 0;
  }

  stop(): void {
    this.trainingEnds();
    this.#stoppedAt = performance.now();
  }

  /**
   * An estimate from the last epochs, in the first one from its own speed.
   * @param epochDone share of the epoch's steps that were taken, 0 to 1
   * @param epochsBehind epochs after the one that is under way
   * @param epochSeconds of all finished epochs
   * @returns undefined where there is nothing to tell it from
   */
  secondsLeft(epochDone: number, epochsBehind: number, epochSeconds: readonly number[]): number | undefined {
    const recent = epochSeconds.slice(-recentEpochs);
    const doneHere = epochDone - this.#epochDoneAtStart;
    if (recent.length > 0) {
      const mean = recent.reduce((sum, seconds) => sum + seconds, 0) / recent.length;
      return mean * (1 - epochDone + epochsBehind);
    }
    if (doneHere < smallestShare) return undefined;
    return (this.#epochSeconds / doneHere) * (1 - epochDone + epochsBehind);
  }

  get #epochSeconds(): number {
    if (this.#epochBeganAt === undefined) return 0;
    return ((this.#stoppedAt ?? performance.now()) - this.#epochBeganAt) / 1000;
  }
}
