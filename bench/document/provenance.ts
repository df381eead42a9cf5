import { quietLoad } from '../../src/coordinator/bench/machine.ts';
import { formatVersion } from '../peer-versions.ts';
import type { Provenance } from './inputs.ts';

/**
 * The line below a table: machine, versions, date and command.
 * @param more what else the figures depend on
 */
export function formatProvenance(
  { machine, date, versions = {}, command }: Provenance,
  ...more: readonly string[]
): string {
  const node = versions['node'] ?? machine.node?.replace('v', '');
  const named = Object.entries(versions).filter(([name]) => !['node', 'v8', 'platform'].includes(name));
  const parts = [
    `${machine.cpu}, ${machine.cores} cores, ${machine.system ?? versions['platform'] ?? ''}`,
    ...(node === undefined ? [] : [`Node ${node}`]),
    ...named.map(([name, version]) => `${name} ${formatVersion(version)}`),
    ...more,
    date.slice(0, 10),
  ];
  const busy =
    (machine.loadBefore ?? 0) > quietLoad
      ? ` The machine was busy before the first run (load average ${machine.loadBefore?.toFixed(1)}).`
      : '';
  return `*${parts.join(' · ')}*${command === undefined ? '' : ` · \`${command}\``}${busy && `\n${busy.trim()}`}`;
}
