// A child process that hosts an engine, with a fault, told by FAULT in the environment: { kind, after, inEvaluation, marker,
// isTfjs }. It happens once, in the first process that has begun `after` calls, and creates the file `marker`; without a marker, in
// every one. The engine is the device's, or TensorFlow.js in plain JavaScript.
import { closeSync, openSync, writeSync } from 'node:fs';
import { createHostedEngine } from '../../dist/worker/process/hosted-engine.js';
import { serveEngine } from '../../dist/worker/process/serve-engine.js';
import { openCpuBackend } from '../../dist/worker/tfjs/backends/cpu-backend.js';
import { TfjsEngine } from '../../dist/worker/tfjs/tfjs-engine.js';

const fault = JSON.parse(process.env.FAULT);

function isFirst() {
  if (fault.marker === undefined) return true;
  try {
    closeSync(openSync(fault.marker, 'wx'));
    return true;
  } catch {
    return false;
  }
}

const never = new Int32Array(new SharedArrayBuffer(4));

const faults = {
  abort: () => {
    writeSync(2, '2026-11-24 F device.cc:42 Check failed: status is an injected fault\n');
    process.abort();
  },
  kill: () => process.kill(process.pid, 'SIGKILL'),
  segmentationFault: () => process.kill(process.pid, 'SIGSEGV'),
  exit0: () => process.exit(0),
  exit3: () => process.exit(3),
  throw: () => {
    throw new Error('an injected fault');
  },
  uncaught: () => {
    queueMicrotask(() => {
      throw new Error('an injected uncaught error');
    });
  },
  busyLoop: () => {
    for (;;);
  },
  /** As in native code that waits for a device: no event reaches the thread. */
  hang: () => Atomics.wait(never, 0, 0),
  stopped: () => process.kill(process.pid, 'SIGSTOP'),
  disconnect: () => process.disconnect(),
};

/** Half a megabyte that is no text, on both outputs. */
function printGarbage() {
  const garbage = Buffer.from(Uint8Array.from({ length: 4096 }, (_, index) => (index * 31) % 256));
  for (let time = 0; time < 64; time++)
    for (const output of [process.stdout, process.stderr]) output.write(garbage);
}

if (fault.kind === 'startExit' && isFirst()) process.exit(7);

await serveEngine(async (device, maximumBatch, options) => {
  if (fault.kind === 'startThrow' && isFirst()) throw new Error('an injected fault at the start');
  if (fault.kind === 'startHang' && isFirst()) faults.hang();
  const engine = fault.isTfjs
    ? new TfjsEngine(await openCpuBackend(), options)
    : await createHostedEngine(device, maximumBatch, options);
  let calls = 0;
  const fail = () => {
    if (fault.kind === 'garbage') printGarbage();
    if (calls++ >= fault.after && fault.kind in faults && isFirst()) faults[fault.kind]();
  };
  return {
    device: engine.device,
    dispose: () => engine.dispose(),
    lossAndGradients(batch) {
      if (!fault.inEvaluation) fail();
      return engine.lossAndGradients(batch);
    },
    evaluate(batch) {
      if (fault.inEvaluation) fail();
      return engine.evaluate(batch);
    },
  };
});
