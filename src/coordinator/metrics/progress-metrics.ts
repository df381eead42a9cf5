import { Gauge, type Registry } from 'prom-client';
import type { RunTelemetry } from '../telemetry/run-telemetry.ts';
import type { TrainingListener } from '../training-options.ts';
import { type MetricGroup, withoutSample } from './metric-group.ts';
import { ThroughputWindow } from './throughput-window.ts';
import { secondsLeft } from './time-left.ts';

/** Forward alone, beside forward, weight gradients and input gradients. */
const validationCost = 1 / 3;

/** How far the run is, how fast, and for how long it will go on. */
export class ProgressMetrics implements MetricGroup {
  readonly listener: TrainingListener = {
    onStart: (run) => {
      this.#run = run;
      this.#addPoint(run);
    },
    onEpochStart: () => {
      this.#trainingSince = performance.now();
    },
    onEpochTrained: () => this.#stopTraining(),
    onEpochEnd: () => {
      this.#validatingSince = undefined;
    },
    onEnd: () => {
      this.#isOver = true;
    },
  };
  readonly #window = new ThroughputWindow();
  readonly #throughput: Gauge;
  readonly #epochProgress: Gauge;
  readonly #runProgress: Gauge;
  readonly #timeLeft: Gauge;
  #run: RunTelemetry | undefined;
  #isOver = false;
  /** In the epochs whose training is over. */
  #trainedMilliseconds = 0;
  #trainingSince: number | undefined;
  #validatingSince: number | undefined;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#throughput = withoutSample(
      new Gauge({
        name: 'lockstep_throughput_samples_per_second',
        help: 'Training samples per second over the last 10 seconds of training, validations left out. Stays when the run is over.',
        registers,
      }),
    );
    this.#epochProgress = new Gauge({
      name: 'lockstep_epoch_progress_ratio',
      help: 'Steps of the current epoch that were taken, 0 to 1.',
      registers,
    });
    this.#runProgress = new Gauge({
      name: 'lockstep_run_progress_ratio',
      help: 'Steps of the whole run that were taken, those before a resume too, 0 to 1.',
      registers,
    });
    this.#timeLeft = withoutSample(
      new Gauge({
        name: 'lockstep_time_left_seconds',
        help: 'Estimated time until the end of the run, at its current speed; 0 when it is over, however it ended.',
        registers,
      }),
    );
  }

  update(run: RunTelemetry): void {
    const { epochs } = run.config;
    this.#addPoint(run);
    const samplesPerSecond = this.#window.samplesPerSecond;
    if (samplesPerSecond !== undefined) this.#throughput.set(samplesPerSecond);
    this.#epochProgress.set(run.epoch > epochs ? 1 : run.epochStep / run.stepsPerEpoch);
    this.#runProgress.set(run.globalStep / (epochs * run.stepsPerEpoch));
    const timeLeft = this.#isOver ? 0 : this.#estimateTimeLeft(run);
    if (timeLeft !== undefined) this.#timeLeft.set(timeLeft);
  }

  #stopTraining(): void {
    this.#trainedMilliseconds = this.#millisecondsOfTraining();
    this.#trainingSince = undefined;
    this.#validatingSince = performance.now();
    if (this.#run !== undefined) this.#addPoint(this.#run);
  }

  #addPoint(run: RunTelemetry): void {
    this.#window.add(this.#millisecondsOfTraining() / 1000, samplesTrained(run));
  }

  /** Validations do not count, or else each would look like a lack of speed. */
  #millisecondsOfTraining(): number {
    const now = performance.now();
    return this.#trainedMilliseconds + now - (this.#trainingSince ?? now);
  }

  /** Undefined while nothing is known of the speed: before the first step of a run that has no finished epoch. */
  #estimateTimeLeft(run: RunTelemetry): number | undefined {
    const { trainingSamples, validationSamples } = run;
    const { epochs } = run.config;
    const row = run.history.at(-1);
    const samplesPerSecond = this.#window.samplesPerSecond ?? row?.samplesPerSecond;
    if (samplesPerSecond === undefined) return undefined;
    return secondsLeft({
      samples: epochs * trainingSamples - samplesTrained(run),
      validations: epochs - run.epoch + 1,
      samplesPerSecond,
      validationSeconds:
        row === undefined
          ? (validationSamples * validationCost) / samplesPerSecond
          : row.seconds - trainingSamples / row.samplesPerSecond,
      validatedSeconds:
        this.#validatingSince === undefined ? 0 : (performance.now() - this.#validatingSince) / 1000,
    });
  }
}

/** Since the run's first, those before a resume too. */
function samplesTrained(run: RunTelemetry): number {
  return (run.epoch - 1) * run.trainingSamples + run.epochSamples;
}
