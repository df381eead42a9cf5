import { readFileSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { lockstepDashboard } from '../../config/grafana/src/dashboard.ts';
import {
  dashboard,
  dashboardText,
  datasourceInterval,
  interpolate,
  panels,
} from '../support/grafana-dashboard.ts';

const config = fileURLToPath(new URL('../../config/', import.meta.url));
const readConfig = (path: string) => parse(readFileSync(`${config}${path}`, 'utf8'));

describe('the dashboard', () => {
  test('is what its source builds (if not: npm run build:dashboard)', () => {
    expect(dashboardText).toBe(`${JSON.stringify(lockstepDashboard(), null, 2)}\n`);
  });

  test('numbers its panels, each once', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(ids.every((id) => Number.isInteger(id) && id > 0)).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('fills a grid of 24 columns without gaps or overlaps', () => {
    const cells = new Set<string>();
    let area = 0;
    for (const { gridPos, title } of dashboard.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      area += gridPos.w * gridPos.h;
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) cells.add(`${x},${y}`);
      }
    }
    const height = Math.max(...dashboard.panels.map(({ gridPos }) => gridPos.y + gridPos.h));
    expect(cells.size).toBe(area);
    expect(area).toBe(24 * height);
  });

  test('asks the data source that the viewer picks, and no other', () => {
    expect(dashboard.templating.list[0]).toMatchObject({ name: 'datasource', type: 'datasource' });
    const references = [...JSON.stringify(dashboard).matchAll(/"datasource":(\{.*?\})/g)].map(([, json]) =>
      JSON.parse(json as string),
    );
    const queries = panels.flatMap(({ targets = [] }) => targets).length;
    expect(references.length).toBe(panels.length + queries + dashboard.annotations.list.length + 2);
    for (const reference of references) expect(reference).toEqual({ type: 'prometheus', uid: '$datasource' });
  });

  test.each(panels)(
    'says of panel $id, $title, what it tells, and asks for the picked run alone',
    (panel) => {
      expect(panel.description).toMatch(/\.$/);
      expect(panel.targets?.map(({ refId }) => refId)).toEqual(
        ['A', 'B', 'C'].slice(0, panel.targets?.length as number),
      );
      if (panel.type !== 'table') expect(panel.fieldConfig?.defaults.unit).toBeTypeOf('string');
      for (const { expr } of panel.targets ?? []) {
        const selectors = expr.match(/\{[^}]*\}/g) ?? [];
        expect(selectors.length).toBeGreaterThan(0);
        for (const selector of selectors) expect(selector).toContain('job="$job", instance="$instance"');
        expect(interpolate(expr, { job: 'a', instance: 'b' })).not.toContain('$');
      }
    },
  );
});

describe('what Grafana is provisioned with', () => {
  test('counts on the interval at which Prometheus scrapes', () => {
    expect(datasourceInterval).toBe(readConfig('prometheus/prometheus.yml').global.scrape_interval);
  });

  test('leads to the dashboard, from wherever the folder was mounted', () => {
    const [provider] = readConfig('grafana/provisioning/dashboards/lockstep.yml').providers;
    const path = (provider.options.path as string).replace(
      '$GF_PATHS_PROVISIONING',
      `${config}grafana/provisioning`,
    );
    expect(isAbsolute(path)).toBe(true);
    expect(readFileSync(`${resolve(path)}/lockstep.json`, 'utf8')).toBe(dashboardText);
  });
});
