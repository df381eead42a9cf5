import { createHash } from 'node:crypto';
import type { ReportView } from '../../shared/report-view.ts';
import { pageDocument } from '../page/page-document.ts';
import type { PageFiles } from '../page/page-files.ts';

/** One HTML file that needs no other: the browser code that the live page has, and what it is to draw. */
export function reportDocument(view: ReportView, files: PageFiles): string {
  const { script, style } = files;
  for (const code of [script, style]) refuseMarkup(code);
  const policy = [
    "default-src 'none'",
    `script-src ${sourceHash(script)}`,
    `style-src ${sourceHash(style)}`,
    'img-src data:',
    'font-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return pageDocument({
    title: `${view.run.run} · lockstep`,
    head: `<meta http-equiv="content-security-policy" content="${policy}">\n<style>${style}</style>`,
    body: `<script type="application/json" id="report-data">${embedJson(view)}</script>\n<script>${script}</script>`,
  });
}

/** JSON in which nothing can be taken for a tag or a comment. */
function embedJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

/** The build's code is put into the document as it is: its hash must be what the policy says. */
function refuseMarkup(code: string): void {
  if (/<\/(script|style)|<!--/i.test(code)) throw new Error("the page's code cannot stand inside a document");
}

/** What a Content-Security-Policy allows by (CSP level 3, section 2.3.1). */
function sourceHash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
