/**
 * `npm run bench:document -- bench/results/*.json`: writes docs/benchmarks.md and its pictures from the benchmarks' JSON files. Run
 * from the root of the repository.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderPng } from '../src/coordinator/charts/render.ts';
import { composeDocument } from './document/document.ts';
import { readInputs } from './document/inputs.ts';
import { reportFailures } from './report-failures.ts';

reportFailures();
const paths = process.argv.slice(2);
if (paths.length === 0) {
  console.error('error: name the JSON files: npm run bench:document -- bench/results/*.json');
  process.exit(2);
}
const files = await Promise.all(paths.map(async (path) => ({ path, text: await readFile(path, 'utf8') })));
const attempts = await readFile(join('bench', 'attempts.md'), 'utf8');
const { markdown, pictures } = await composeDocument(readInputs(files), attempts);

await write(join('docs', 'benchmarks.md'), markdown);
for (const [name, svg] of pictures) await write(join('docs', 'images', `${name}.png`), await renderPng(svg));

async function write(path: string, content: string | Buffer): Promise<void> {
  await writeFile(path, content);
  console.log(path);
}
