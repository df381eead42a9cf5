import type { Provenance } from './inputs.ts';

/** Above it, something else was taking half a core or more. */
const quietLoad = 0.5;

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

function formatVersion(version: unknown): string {
  return typeof version === 'object' && version !== null
    ? Object.values(version).map(String).join(', ')
    : String(version);
}

/** What the peers say of themselves, each combination once. */
export function formatPeerVersions(
  peerVersions: Readonly<Record<string, Record<string, unknown>>> = {},
): string[] {
  const told = Object.values(peerVersions).map((versions) =>
    Object.entries(versions)
      .map(([name, version]) => `${name} ${formatVersion(version)}`)
      .join(', '),
  );
  return [...new Set(told)];
}
