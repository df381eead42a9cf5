import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Takes a port of 127.0.0.1, as soon as nobody else has it; 0 for any that is free. */
export async function takePort(port: number): Promise<{ port: number; server: Server }> {
  for (;;) {
    const server = createServer((socket) => socket.destroy());
    server.listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
      return { port: (server.address() as AddressInfo).port, server };
    } catch {
      await sleep(50);
    }
  }
}

/** A port of 127.0.0.1 that nobody listened at a moment ago. */
export async function freePort(): Promise<number> {
  const { port, server } = await takePort(0);
  server.close();
  await once(server, 'close');
  return port;
}

/** Why it cannot be seen which ports a process listens at; undefined where it can. */
export const listeningPortsProblem = existsSync('/proc/self/net/tcp')
  ? undefined
  : 'there is no /proc/net/tcp';

/** The TCP ports that a process listens at. */
export function listeningPorts(processId: number): number[] {
  const sockets = readdirSync(`/proc/${processId}/fd`).flatMap((descriptor) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${processId}/fd/${descriptor}`))?.[1] ?? [];
    } catch {
      // Closed while the list was read.
      return [];
    }
  });
  return ['tcp', 'tcp6'].flatMap((table) => {
    const path = `/proc/${processId}/net/${table}`;
    if (!existsSync(path)) return [];
    const rows = readFileSync(path, 'utf8').trim().split('\n').slice(1);
    return rows.flatMap((row) => {
      const columns = row.trim().split(/\s+/);
      const [, address, , state] = columns;
      const isListening = state === '0A' && sockets.includes(columns[9] as string);
      return isListening ? [Number.parseInt(address?.split(':')[1] as string, 16)] : [];
    });
  });
}
