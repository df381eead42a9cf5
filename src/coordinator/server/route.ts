import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Answers the requests for one path; the server has already refused all methods but GET and HEAD, and has set headers that suit
 * everything (no-store, a Content-Security-Policy that allows nothing, …), which a route may replace.
 *
 * Node.js sends no body in the answer to a HEAD, but the route must end it. A response that goes on (server-sent events) ends with
 * the server, which destroys it: listen to its 'close'. A connection on which nothing is sent for 5 s is closed, so say something
 * more often. What a client does not read is kept in memory: look at `response.writableNeedDrain` before sending more.
 */
export type Route = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
