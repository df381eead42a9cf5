import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';

/** The same thing has the same colour in every panel. */
export const seriesColors = {
  train: 'blue',
  validation: 'orange',
  best: 'green',
} as const;

/** For `overrideByName`: a colour that does not depend on how many series a panel has. */
export function fixedColor(color: string): DynamicConfigValue[] {
  return [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }];
}
