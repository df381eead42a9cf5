import type * as Comlink from 'comlink';

/** What `process` and a forked child have in common. */
interface IpcChannel {
  send?(message: unknown, callback: (error: Error | null) => void): boolean;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  off(event: 'message', listener: (message: unknown) => void): unknown;
}

/**
 * One end of the channel between a process and its child, for Comlink, which has no adapter for it. Messages are copied before
 * `postMessage` returns, so their arrays may be used again, and may be views of shared memory.
 * @throws TypeError (`postMessage`) for what would have to be transferred, `Comlink.proxy` among it: a process has memory of its own
 */
export function ipcEndpoint(channel: IpcChannel): Comlink.Endpoint {
  const handlers = new Map<EventListenerOrEventListenerObject, (message: unknown) => void>();
  return {
    postMessage(message, transfer = []) {
      if (transfer.length > 0) throw new TypeError('nothing can be transferred to another process');
      // That the other end is gone is noticed by its end, not by a message that does not reach it.
      channel.send?.(message, () => {});
    },
    addEventListener(_type, listener) {
      const handle = (data: unknown) => {
        const event = { data } as MessageEvent;
        if (typeof listener === 'function') listener(event);
        else listener.handleEvent(event);
      };
      handlers.set(listener, handle);
      channel.on('message', handle);
    },
    removeEventListener(_type, listener) {
      const handle = handlers.get(listener);
      if (handle !== undefined) channel.off('message', handle);
      handlers.delete(listener);
    },
  };
}
