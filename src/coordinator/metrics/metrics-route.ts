import type { Route } from '../server/route.ts';
import { metricsContentType, type RunMetrics } from './run-metrics.ts';

/** For so long a text serves all who ask: a flood of requests costs the run no more than ten texts a second. */
const freshMilliseconds = 100;

/** `/metrics`, for Prometheus. */
export function metricsRoute(metrics: RunMetrics): Route {
  let text: Promise<string> | undefined;
  let renderedAt = 0;
  return async (_request, response) => {
    const now = performance.now();
    if (text === undefined || now - renderedAt >= freshMilliseconds) {
      text = metrics.render();
      renderedAt = now;
    }
    const body = Buffer.from(await text);
    response.writeHead(200, { 'content-type': metricsContentType, 'content-length': body.length });
    response.end(body);
  };
}
