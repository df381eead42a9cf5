import { isIP } from 'node:net';

/**
 * Whether a request to a server that only this machine can reach was meant for it. A web page from elsewhere can let its own
 * name point to 127.0.0.1 (DNS rebinding), and its visitors' browsers would then read for it what is served here; but they send
 * that name along.
 * @param header the request's `Host`; a browser always sends one
 * @param ownName the name or address that the server was told to listen at
 */
export function isMeantForLoopback(header: string | undefined, ownName: string): boolean {
  if (header === undefined) return true;
  if (!URL.canParse(`http://${header}`)) return false;
  const { hostname } = new URL(`http://${header}`);
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) return true;
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === ownName.toLowerCase();
}

/** Whether other machines cannot reach this address. */
export function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}
