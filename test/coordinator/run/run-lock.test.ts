import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { lockRunDirectory } from '../../../src/coordinator/run/run-lock.ts';
import { RunError } from '../../../src/shared/errors.ts';
import { temporaryFolder } from '../../support/training.ts';

const folder = temporaryFolder();
const lockingProcess = fileURLToPath(new URL('./locking-process.mjs', import.meta.url));
let folders = 0;

function newFolder(): string {
  const path = join(folder, `run-${folders++}`);
  mkdirSync(path);
  return path;
}

/** A process that holds the lock until it is killed. */
async function startHolder(path: string, launcher: readonly string[] = []): Promise<ChildProcess> {
  const [command, ...words] = [...launcher, process.execPath, lockingProcess, path, 'hold'];
  const holder = spawn(command as string, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [said] = await Promise.race([
    once(holder.stdout as NodeJS.ReadableStream, 'data'),
    once(holder, 'exit'),
  ]);
  expect(String(said)).toContain('locked by ');
  return holder;
}

describe('lockRunDirectory', () => {
  test('refuses a folder that another process holds, and names that process', async () => {
    const path = newFolder();
    const holder = await startHolder(path);
    await expect(lockRunDirectory(path)).rejects.toThrow(RunError);
    await expect(lockRunDirectory(path)).rejects.toThrow(
      `the run folder ${path} is in use by another lockstep (process ${holder.pid}, since 20`,
    );
    holder.kill();
    await once(holder, 'exit');
  });

  test('takes a folder whose holder was killed, at once: nothing in it outlives the holder', async () => {
    const path = newFolder();
    const holder = await startHolder(path);
    // No file tells of the lock, so none can be stale, and no process number in it can be taken for another's.
    expect(readdirSync(path)).toEqual([]);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const lock = await lockRunDirectory(path);
    await lock.release();
  });

  test('is held against a process with the same number in another process name space', async (context) => {
    const path = newFolder();
    const isolated = ['unshare', '--user', '--map-root-user', '--pid', '--fork', '--kill-child'];
    const probe = spawn(isolated[0] as string, [...isolated.slice(1), 'true'], { stdio: 'ignore' });
    const [code] = await once(probe, 'exit').catch(() => [1]);
    if (code !== 0) context.skip('unshare may not make process name spaces here');
    const first = await startHolder(path, isolated);
    const second = spawn(isolated[0] as string, [
      ...isolated.slice(1),
      process.execPath,
      lockingProcess,
      path,
    ]);
    let complaint = '';
    second.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    const [exitCode] = await once(second, 'close');
    expect(exitCode).toBe(1);
    // Both are process 1 of their name spaces.
    expect(complaint).toContain('in use by another lockstep (process 1, since 20');
    first.kill('SIGKILL');
    await once(first, 'exit');
  });

  test('refuses the second of two in one process, and lets it in after the release', async () => {
    const path = newFolder();
    const first = await lockRunDirectory(path);
    await expect(lockRunDirectory(path)).rejects.toThrow(`process ${process.pid}`);
    await first.release();
    const second = await lockRunDirectory(path);
    await second.release();
  });

  test('locks the folder, by whatever path it is reached', async () => {
    const path = newFolder();
    const link = join(folder, 'link');
    symlinkSync(path, link);
    const lock = await lockRunDirectory(link);
    await expect(lockRunDirectory(path)).rejects.toThrow(RunError);
    await expect(lockRunDirectory(join(path, '..', 'link', '.'))).rejects.toThrow(RunError);
    await lock.release();
  });

  test('does not mistake one folder for another', async () => {
    const locks = await Promise.all([newFolder(), newFolder(), newFolder()].map(lockRunDirectory));
    await Promise.all(locks.map((lock) => lock.release()));
  });

  test('lets exactly one of many in', async () => {
    const path = newFolder();
    const attempts = await Promise.allSettled(Array.from({ length: 20 }, () => lockRunDirectory(path)));
    const locks = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
    expect(locks).toHaveLength(1);
    await locks[0]?.release();
  });

  test('does not keep its process alive', async () => {
    const holder = spawn(process.execPath, [lockingProcess, newFolder()], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    // Its standard input stays open, and it does not read it.
    expect(await once(holder, 'exit')).toEqual([0, null]);
  });

  test.skipIf(process.platform !== 'linux')(
    'is released although one who asked does not hang up (on Linux: it needs to know the address)',
    async () => {
      const path = newFolder();
      const lock = await lockRunDirectory(path);
      const { dev, ino } = statSync(path, { bigint: true });
      const identity = createHash('sha256').update(`${dev}:${ino}`).digest('hex').slice(0, 32);
      const asker = connect({ path: `\0lockstep-run-${identity}`, allowHalfOpen: true });
      const [answer] = await once(asker, 'data');
      expect(String(answer)).toContain(`process ${process.pid}, since `);
      await lock.release();
      asker.destroy();
    },
  );
});
