import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Answers the requests for one path; the server has already refused all methods but GET and HEAD. A response that is never
 * ended (server-sent events) must be ended when the server closes: listen to `response`'s 'close'.
 */
export type Route = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
