/**
 * Program: finds out about the devices of the kind that is its argument, sends the findings to its parent, and ends. A
 * process of its own, since native code that finds what it does not like may abort: TensorFlow does, without libcudart.
 */
import type { TensorflowFindings, WebgpuFindings } from '../../../shared/probe-findings.ts';
import { probeTensorflow } from './probe-tensorflow.ts';
import { probeWebgpu } from './probe-webgpu.ts';

/** More than once: what is known before native code is loaded, and, if that lets us live, the whole. */
function report(findings: TensorflowFindings | WebgpuFindings): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(findings, () => resolve());
  });
}

await (process.argv[2] === 'cuda' ? probeTensorflow(report) : probeWebgpu(report));
// Neither the libraries nor the channel to the parent may keep the process alive.
process.exit();
