import { Socket } from 'node:net';
import { parentPort } from 'node:worker_threads';
import { lifelineDescriptor } from './engine-host.ts';

/**
 * Runs on a thread of its own in a child process, and kills the process when the other end of its lifeline is closed: by the
 * thread that started it, or by the kernel, for a parent that was killed. A main thread that hangs in native code, where no
 * event reaches it, cannot prevent that.
 */
new Socket({ fd: lifelineDescriptor, readable: true, writable: false })
  .on('error', () => {})
  .on('close', () => process.kill(process.pid, 'SIGKILL'))
  .resume();

parentPort?.postMessage('watching');
