import { ConfigError } from '../../shared/errors.ts';
import type { Collective } from './collective.ts';

/** What the ranks of a run do not have alike. All of them come to know it. */
export class DisagreementError extends ConfigError {}

/**
 * Compares what must be alike on all ranks.
 * @param values by name, of this rank
 * @param nextStep what to do where they differ
 * @throws DisagreementError, on all ranks, that names the ranks which are unlike rank 0
 */
export async function agreeOn(
  collective: Collective,
  values: Readonly<Record<string, unknown>>,
  nextStep: string,
): Promise<void> {
  const texts = await collective.gather(Buffer.from(JSON.stringify(values)));
  const all = texts.map((text) => JSON.parse(Buffer.from(text).toString()) as Record<string, unknown>);
  const first = all[0] ?? {};
  const names = new Set(all.flatMap((each) => Object.keys(each)));
  const problems = [...names].flatMap((name) => {
    const wanted = JSON.stringify(first[name]);
    const others = all.flatMap((each, rank) => (JSON.stringify(each[name]) === wanted ? [] : [rank]));
    const other = others[0];
    if (other === undefined) return [];
    const ranks = `${others.length === 1 ? 'rank' : 'ranks'} ${others.join(', ')}`;
    return [
      `${name} must be the same on all ranks: rank 0 has ${shown(first[name])}, ${ranks} ${shown(all[other]?.[name])}.`,
    ];
  });
  if (problems.length > 0) throw new DisagreementError(problems, nextStep);
}

function shown(value: unknown): string {
  return value === undefined ? 'none' : String(value);
}
