import { connect, type Socket } from 'node:net';

/** A client that sends what it likes. */
export interface RawClient {
  socket: Socket;
  /** All that came until the connection ended, however it ended. */
  answer: Promise<string>;
}

/** Connects and sends the text, but no more; reads nothing where `reads` is false. */
export function sendRaw(
  url: string,
  text: string | Uint8Array,
  options: { reads?: boolean } = {},
): RawClient {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  // A server that resets the connection is within its rights.
  socket.on('error', () => {});
  if (options.reads === false) socket.pause();
  else socket.setEncoding('utf8').on('data', (data: string) => (answer += data));
  socket.write(text);
  return { socket, answer: new Promise((resolve) => socket.on('close', () => resolve(answer))) };
}
