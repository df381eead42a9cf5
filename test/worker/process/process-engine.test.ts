import { afterEach, describe, expect, test } from 'vitest';
import { plainEngine } from '../../../src/shared/engine-options.ts';
import { initialParameters } from '../../../src/shared/initial-parameters.ts';
import { createHostedEngine } from '../../../src/worker/process/hosted-engine.ts';
import { ProcessEngine } from '../../../src/worker/process/process-engine.ts';
import { readFashionImages } from '../../reference/fashion-images.ts';

const { images, labels } = readFashionImages();
const batch = (count: number) => ({
  images: images.subarray(0, count * 784),
  labels: labels.subarray(0, count),
});
const engines: ProcessEngine[] = [];

async function start(options: Partial<Parameters<typeof ProcessEngine.start>[0]> = {}) {
  const engine = await ProcessEngine.start({
    device: 'cpu-process',
    maximumBatch: 24,
    options: plainEngine,
    timeoutMilliseconds: 60_000,
    ...options,
  });
  engines.push(engine);
  return engine;
}

afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.dispose();
});

describe('ProcessEngine', () => {
  test('computes what the engine computes in this process, to the bit, with calls that overlap', async () => {
    const here = await createHostedEngine('cpu-process', 24, plainEngine);
    const there = await start();
    const [first, second] = [initialParameters(1), initialParameters(2)];
    const answers = await Promise.all([
      there.lossAndGradients({ parameters: first, ...batch(24) }),
      there.lossAndGradients({ parameters: undefined, ...batch(7) }),
      there.evaluate({ parameters: second, ...batch(9) }),
      there.lossAndGradients({ parameters: undefined, ...batch(3) }),
    ]);
    expect(answers).toEqual([
      await here.lossAndGradients({ parameters: first, ...batch(24) }),
      await here.lossAndGradients({ parameters: first, ...batch(7) }),
      await here.evaluate({ parameters: second, ...batch(9) }),
      await here.lossAndGradients({ parameters: second, ...batch(3) }),
    ]);
  });

  test('copies a batch before the call returns, also out of shared memory', async () => {
    const engine = await start();
    const parameters = initialParameters(1);
    const expected = await engine.lossAndGradients({ parameters, ...batch(5) });
    const shared = new Float32Array(new SharedArrayBuffer(parameters.byteLength));
    shared.set(parameters);
    const sharedImages = new Uint8Array(new SharedArrayBuffer(5 * 784));
    sharedImages.set(batch(5).images);
    const call = engine.lossAndGradients({
      parameters: shared,
      images: sharedImages,
      labels: batch(5).labels,
    });
    shared.fill(Number.NaN);
    sharedImages.fill(0);
    expect(await call).toEqual(expected);
  });

  test('fails a call that the engine fails, and goes on', async () => {
    const engine = await start();
    const parameters = initialParameters(1);
    await expect(
      engine.lossAndGradients({ parameters, images, labels: labels.subarray(0, 3) }),
    ).rejects.toThrow(/3 labels go with 2352 bytes of images/);
    expect((await engine.evaluate({ parameters, ...batch(4) })).predictions).toHaveLength(4);
  });

  test('fails what is pending, and what comes later, when the process ends', async () => {
    let pid = 0;
    const pids: number[] = [];
    const engine = await start({
      onProcess: (each) => {
        pids.push(each);
        pid ||= each;
      },
    });
    const pending = engine.evaluate({ parameters: initialParameters(1), ...batch(24) });
    process.kill(pid, 'SIGKILL');
    await expect(pending).rejects.toThrow("the engine's process was ended by SIGKILL");
    await expect(engine.evaluate({ parameters: undefined, ...batch(1) })).rejects.toThrow('SIGKILL');
    expect(pids).toEqual([pid, 0]);
  });

  test('ends the process when it is disposed', async () => {
    let pid = 0;
    const engine = await start({ onProcess: (each) => (pid ||= each) });
    process.kill(pid, 0);
    await engine.dispose();
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  test('leaves no process where the engine cannot be made', async () => {
    let pid = 0;
    const started = start({ device: 'abacus', onProcess: (each) => (pid ||= each) });
    await expect(started).rejects.toThrow('no engine computes on abacus');
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});
