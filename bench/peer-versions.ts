/** What the peers say of themselves, each combination once. */
export function formatPeerVersions(
  peerVersions: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {},
): string[] {
  const told = Object.values(peerVersions).map((versions) =>
    Object.entries(versions)
      .map(([name, version]) => `${name} ${formatVersion(version)}`)
      .join(', '),
  );
  return [...new Set(told)];
}

/** Of one part, or of the parts of a part. */
export function formatVersion(version: unknown): string {
  return typeof version === 'object' && version !== null
    ? Object.values(version).map(String).join(', ')
    : String(version);
}
