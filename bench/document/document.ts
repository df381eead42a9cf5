import type { DocumentInputs, Provenance } from './inputs.ts';
import type { Section } from './section.ts';
import { accuracySection } from './sections/accuracy-section.ts';
import { fewerPeersSection } from './sections/fewer-peers-section.ts';
import { growthSection } from './sections/growth-section.ts';
import { observationSection } from './sections/observation-section.ts';
import { peersSection } from './sections/peers-section.ts';
import { planSection } from './sections/plan-section.ts';
import { scalingSection } from './sections/scaling-section.ts';
import { wideVectorsSection } from './sections/wide-vectors-section.ts';

export interface BenchmarkDocument {
  markdown: string;
  /** SVG by the name of its file in docs/images, without suffix. */
  pictures: ReadonlyMap<string, string>;
}

const intro = `# Benchmarks

Made from the benchmarks' JSON files in \`bench/results\` by \`npm run bench:document -- bench/results/*.json\`: every figure in a table or picture comes from one of them. The last
section is \`bench/attempts.md\`, written by hand. Machine, versions, date and command stand below each table.

How to read it: a figure is the **median of the rounds**, with the smallest and the largest in parentheses. Programs run in turn, round by round, so compare within a table, and
trust a difference only where the ranges do not overlap. On another machine all of it is different; the commands give the figures of yours.`;

/** Where not all was measured on one machine. */
function machinesNote(reports: readonly Provenance[]): string[] {
  const machines = [...new Set(reports.map(({ machine: { cpu, cores } }) => `${cpu}, ${cores} cores`))];
  if (machines.length < 2) return [];
  return [
    `**Not all of this was measured on one machine**, as far as the files tell (${machines.join('; ')}): compare within a section only.`,
  ];
}

/**
 * The whole of docs/benchmarks.md, and its pictures.
 * @param attempts Markdown written by hand: what was tried to make it faster
 */
export async function composeDocument(inputs: DocumentInputs, attempts: string): Promise<BenchmarkDocument> {
  const { peers, fewerPeers, wideVectors, observation, accuracy, scaling, growth, plan } = inputs;
  const sections: Section[] = [
    ...(peers ? [await peersSection(peers)] : []),
    ...(fewerPeers ? [fewerPeersSection(fewerPeers)] : []),
    ...(wideVectors ? [wideVectorsSection(wideVectors)] : []),
    ...(accuracy ? [await accuracySection(accuracy)] : []),
    ...(observation ? [observationSection(observation)] : []),
    ...(scaling ? [scalingSection(scaling)] : []),
    ...(growth ? [await growthSection(growth)] : []),
    ...(plan ? [planSection(plan)] : []),
  ];
  const markdown = [
    intro,
    ...machinesNote(
      [peers, fewerPeers, wideVectors, accuracy, observation, scaling, growth, plan].filter(
        (each) => each !== undefined,
      ),
    ),
    ...sections.map(({ title, markdown }) => `## ${title}\n\n${markdown}`),
    attempts.trim(),
  ];
  return {
    markdown: `${markdown.join('\n\n')}\n`,
    pictures: new Map(sections.flatMap(({ pictures }) => [...pictures])),
  };
}
