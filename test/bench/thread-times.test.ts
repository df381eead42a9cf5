import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { shareOfOthers } from '../../bench/lockstep-run.ts';
import { watchThreads } from '../../bench/thread-times.ts';

/** The main thread waits for a worker that takes 1.5 s of CPU time, and then waits on. */
const program = `
const { Worker } = require('node:worker_threads');
new Worker('const spent = () => { const { user, system } = process.cpuUsage(); return user + system; }; while (spent() < 1.5e6);', { eval: true }).on('exit', () => console.log('done'));
setInterval(() => {}, 1000);
`;

describe('shareOfOthers', () => {
  test('leaves out the workers, which are the busiest', () => {
    expect(shareOfOthers([6, 3, 0.75, 0.25], 2)).toBe(0.1);
  });

  test.each([[[]], [[0, 0]]])('is unknown where the system tells nothing: %j', (threads) => {
    expect(shareOfOthers(threads, 2)).toBeUndefined();
  });
});

describe.skipIf(process.platform !== 'linux')('watchThreads, of Linux', () => {
  test('tells the threads apart', async () => {
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const stop = watchThreads(child.pid as number);
      await once(child.stdout, 'data');
      const [busiest = 0, ...others] = await stop();
      expect(busiest).toBeGreaterThan(0.3);
      expect(busiest).toBeLessThan(1.6);
      expect(others.length).toBeGreaterThan(3);
    } finally {
      child.kill('SIGKILL');
    }
  });

  test('ends with the process', async () => {
    const child = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
    const stop = watchThreads(child.pid as number);
    await once(child, 'close');
    expect((await stop()).length).toBeGreaterThan(0);
  });
});
