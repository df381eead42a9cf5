/** What the texts of flags are read as, where they are no settings; each throws InvalidArgumentError with what was expected. */
import { InvalidArgumentError } from 'commander';

export function parseWorkers(text: string): number {
  const workers = Number(text);
  if (Number.isInteger(workers) && workers >= 1 && workers <= 256) return workers;
  throw new InvalidArgumentError('workers must be a whole number from 1 to 256.');
}

export function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new InvalidArgumentError('It must be a whole number of at least 1.');
}

export function parseHosts(text: string): number {
  const hosts = parseCount(text);
  if (hosts <= 10_000) return hosts;
  throw new InvalidArgumentError('A plan is for at most 10000.');
}

export function parseRows(text: string): number {
  const rows = parseCount(text);
  if (rows <= 100) return rows;
  throw new InvalidArgumentError('A picture has at most 100.');
}

/** `3` or `3-8`: at most 16. */
export function parseEpochs(text: string): [number, number] {
  const [first = 0, last = first] = text.split('-').map(Number);
  if (/^\d{1,7}(-\d{1,7})?$/.test(text) && first >= 1 && last >= first && last - first < 16)
    return [first, last];
  throw new InvalidArgumentError('It must be at most 16 epochs, like 1-8, or one, like 3.');
}

export function parseCounts(text: string): number[] {
  return [...new Set(text.split(',').map(parseWorkers))];
}
