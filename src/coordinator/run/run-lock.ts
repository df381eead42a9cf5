import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { rm, stat } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunError } from '../../shared/errors.ts';

/** How long the holder may take to say who it is: it answers between two turns of its event loop. */
const answerMilliseconds = 2_000;

/** A held lock. */
export interface RunLock {
  release(): Promise<void>;
}

/**
 * Locks a run folder against other processes of this machine (on Linux: of this network namespace). The lock is a listening socket whose name derives from the
 * folder's device and inode: the kernel closes it with the process, however that ends, so no lock outlives its holder, and
 * no process number can be mistaken for another's. The holder tells who it is to whoever connects.
 *
 * Linux has an abstract name space for such sockets, Windows its named pipes; elsewhere the socket is a file, and one that
 * nobody answers is a dead holder's.
 * @param directory must exist
 * @throws RunError when another process holds it, saying which
 */
export async function lockRunDirectory(directory: string): Promise<RunLock> {
  const { dev, ino } = await stat(directory, { bigint: true });
  const identity = createHash('sha256').update(`${dev}:${ino}`).digest('hex').slice(0, 32);
  const address = socketAddress(`lockstep-run-${identity}`);
  const holder = `process ${process.pid}, since ${new Date().toISOString()}`;
  const server = await listen(address, holder);
  if (server !== undefined) return { release: () => close(server) };

  const other = await askHolder(address);
  if (other === undefined && address.startsWith(tmpdir())) {
    await rm(address, { force: true });
    const second = await listen(address, holder);
    if (second !== undefined) return { release: () => close(second) };
  }
  throw new RunError(
    `the run folder ${directory} is in use by another lockstep (${other ?? 'a process that does not answer'}).`,
    'Wait for it to end, or choose another --run-dir.',
  );
}

function socketAddress(name: string): string {
  if (process.platform === 'linux') return `\0${name}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`;
  return join(tmpdir(), `${name}.sock`);
}

/** @returns undefined when somebody else listens there */
async function listen(address: string, holder: string): Promise<Server | undefined> {
  const server = createServer((socket) => {
    // Whoever asks may be gone before the answer.
    socket.on('error', () => {});
    socket.write(holder);
    // Not `end`: one who asks and never hangs up would hold up the release of the lock.
    socket.destroySoon();
  });
  server.listen(address);
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw error;
  }
  // A lock alone is no reason for a process to go on.
  server.unref();
  return server;
}

/** @returns undefined when nobody answers */
async function askHolder(address: string): Promise<string | undefined> {
  const socket = connect(address);
  socket.setEncoding('utf8').setTimeout(answerMilliseconds, () => socket.destroy());
  try {
    let answer = '';
    for await (const part of socket) answer += part;
    return answer === '' ? undefined : answer;
  } catch {
    return undefined;
  }
}

async function close(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}
