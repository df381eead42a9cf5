/** A paragraph that names what could not be measured, and what would help; none where nothing is missing. */
export function missingNotes(missing: readonly { name: string; nextStep?: string | undefined }[]): string[] {
  const lines = missing.map(
    ({ name, nextStep }) =>
      `- ${name}${nextStep === undefined ? '' : `: ${nextStep.trim().replaceAll(/\s*\n\s*/g, ' ')}`}`,
  );
  return lines.length === 0
    ? []
    : [`What is missing on this machine, and what would help:\n\n${lines.join('\n')}`];
}
