import { type ChildProcess, fork } from 'node:child_process';
import type { Readable } from 'node:stream';
import * as Comlink from 'comlink';
import { within } from '../../shared/deadline.ts';
import type { EngineOptions } from '../../shared/engine-options.ts';
import type { Engine, Evaluation } from '../engine.ts';
import { deviceEnvironment } from './device-environment.ts';
import {
  type EngineHost,
  type HostedBatch,
  type HostedGradients,
  lifelineDescriptor,
} from './engine-host.ts';
import { ipcEndpoint } from './ipc-endpoint.ts';
import { OutputTail } from './output-tail.ts';

/** The path is the same seen from src/ and from dist/; a process always runs the build's output. */
const defaultFile = new URL('../../../dist/worker/process/engine-process.js', import.meta.url);
/** What an ended process printed is there at once, unless a process of its own keeps the pipes open. */
const lastOutputMilliseconds = 500;

export interface ProcessEngineOptions {
  /** A single device, such as `cuda:0`. */
  device: string;
  /** Most samples of one call. */
  maximumBatch: number;
  options: EngineOptions;
  /** A process that does not answer for so long is killed. */
  timeoutMilliseconds: number;
  /** Told of each line that the process prints. */
  onOutput?: ((line: string) => void) | undefined;
  /** Told the process's pid when it begins, and 0 when it has ended. */
  onProcess?: ((pid: number) => void) | undefined;
  /** Module that the process runs. */
  file?: URL | undefined;
}

/**
 * An engine in a child process of its own: native code that aborts, hangs or keeps its state for the whole process does so
 * there. Batches are copied before a call returns. Each call fails when the process has ended, or does not answer; then it
 * has been killed.
 */
export class ProcessEngine implements Engine {
  #device: string;
  readonly #child: ChildProcess;
  readonly #host: Comlink.Remote<EngineHost>;
  readonly #timeoutMilliseconds: number;
  readonly #output: OutputTail;
  /** Resolves when the process is gone. */
  readonly #ended: Promise<void>;
  /** Whether it was killed because it did not answer. */
  #isHung = false;
  /** How the process ended; undefined while it lives. */
  #end: Error | undefined;
  /** Calls that wait for their answers: they fail when the process ends. */
  readonly #waiting = new Set<(failure: Error) => void>();

  private constructor(options: ProcessEngineOptions) {
    this.#device = options.device;
    this.#timeoutMilliseconds = options.timeoutMilliseconds;
    this.#output = new OutputTail(options.onOutput);
    this.#child = fork(options.file ?? defaultFile, [], {
      env: deviceEnvironment(options.device),
      // Neither a debugger's port nor a preloaded module is meant for it.
      execArgv: [],
      serialization: 'advanced',
      // The last one is the lifeline, see engine-host.ts.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
    });
    options.onProcess?.(this.#child.pid ?? 0);
    this.#ended = this.#watch(options.onProcess);
    this.#host = Comlink.wrap<EngineHost>(ipcEndpoint(this.#child));
  }

  /** Starts the process and its engine. @throws Error with what the process failed with; then it is gone */
  static async start(options: ProcessEngineOptions): Promise<ProcessEngine> {
    const engine = new ProcessEngine(options);
    try {
      const { device, maximumBatch } = options;
      const shown = await engine.#answer(engine.#host.open(device, maximumBatch, options.options));
      // It stands in tables and lists, whatever a driver calls its GPU.
      engine.#device = shown.replaceAll(/[,"\p{Cc}]+/gu, ' ');
      return engine;
    } catch (error) {
      await engine.dispose();
      throw error;
    }
  }

  /** What computes, as it is shown to people. */
  get device(): string {
    return this.#device;
  }

  lossAndGradients(batch: HostedBatch): Promise<HostedGradients> {
    return this.#answer(this.#host.lossAndGradients(batch));
  }

  evaluate(batch: HostedBatch): Promise<Evaluation> {
    return this.#answer(this.#host.evaluate(batch));
  }

  /** Resolves when the process is gone. */
  async dispose(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async #answer<T>(call: Promise<T>): Promise<T> {
    let fail: (failure: Error) => void = () => {};
    const ended = new Promise<never>((_resolve, reject) => {
      fail = reject;
    });
    if (this.#end !== undefined) fail(this.#end);
    // Not a race against one promise of the process's end: it would keep the results of all races before it.
    this.#waiting.add(fail);
    try {
      const answer = await within(this.#timeoutMilliseconds, Promise.race([call, ended]));
      if (answer !== undefined) return answer.value;
    } finally {
      this.#waiting.delete(fail);
    }
    this.#isHung = true;
    await this.dispose();
    throw this.#end;
  }

  async #watch(onProcess: ProcessEngineOptions['onProcess']): Promise<void> {
    const child = this.#child;
    for (const stream of [child.stdout, child.stderr]) this.#output.capture(stream as Readable);
    // A lifeline that breaks is no failure of its own: the process has ended.
    child.stdio[lifelineDescriptor]?.on('error', () => {});
    const closed = new Promise((resolve) => child.once('close', resolve));
    const how = await new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(`failed: ${error.message}`));
      child.once('exit', (exitCode, signal) =>
        resolve(signal === null ? `exited with code ${exitCode}` : `was ended by ${signal}`),
      );
    });
    onProcess?.(0);
    await within(lastOutputMilliseconds, closed);
    const seconds = this.#timeoutMilliseconds / 1000;
    const why = this.#isHung ? `did not answer for ${seconds} s` : how;
    this.#end = new Error(`the engine's process ${why}${this.#output.describe()}`);
    for (const fail of this.#waiting) fail(this.#end);
  }
}
