import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import * as Comlink from 'comlink';
import type { EngineOptions } from '../../shared/engine-options.ts';
import { LockstepError } from '../../shared/errors.ts';
import type { Engine, LabelledBatch } from '../engine.ts';
import type { EngineHost, HostedBatch } from './engine-host.ts';
import { ipcEndpoint } from './ipc-endpoint.ts';

/** What a terminal or a scheduler sends to all processes of a run: the parent decides what becomes of it. */
const signalsOfTheParent = ['SIGINT', 'SIGTERM', 'SIGUSR1'] as const;

/**
 * Hosts an engine in this process for the one that started it, for as long as that lives.
 * @param createEngine makes the engine of a device for batches of so many samples
 */
export async function serveEngine(
  createEngine: (device: string, maximumBatch: number, options: EngineOptions) => Promise<Engine>,
): Promise<void> {
  for (const signal of signalsOfTheParent) process.on(signal, () => {});
  await watchParent();
  let engine: Engine | undefined;
  let parameters: Float32Array | undefined;
  const complete = (batch: HostedBatch): LabelledBatch => {
    parameters = batch.parameters ?? parameters;
    if (parameters === undefined) throw new Error('the first batch came without parameters');
    return { ...batch, parameters };
  };
  const opened = (): Engine => {
    if (engine === undefined) throw new Error('the engine was not opened');
    return engine;
  };
  const host: EngineHost = {
    async open(device, maximumBatch, options) {
      engine = await createEngine(device, maximumBatch, options).catch((error: unknown) => {
        throw withNextStep(error);
      });
      return engine.device;
    },
    async lossAndGradients(batch) {
      const { lossSum, correct, gradientSums } = await opened().lossAndGradients(complete(batch));
      return { lossSum, correct, gradientSums, memory: opened().memory?.() };
    },
    evaluate: (batch) => opened().evaluate(complete(batch)),
  };
  Comlink.expose(host, ipcEndpoint(process));
}

/** Resolves when this process cannot outlive its parent any more: before that no native code may run. */
async function watchParent(): Promise<void> {
  const watch = new Worker(new URL('./parent-watch.js', import.meta.url));
  await once(watch, 'message');
  watch.unref();
}

/** Only the message of an error crosses the channel. */
function withNextStep(error: unknown): unknown {
  if (!(error instanceof LockstepError) || error.nextStep === undefined) return error;
  return new Error(`${error.message} ${error.nextStep}`, { cause: error });
}
