/** Three bars; as data, so that no browser asks for a file. */
const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath fill='%230072b2' d='M1 9h4v6H1zM6 5h4v10H6zM11 1h4v14h-4z'/%3E%3C/svg%3E";

/**
 * The document around the browser code, which draws everything else.
 * @param parts HTML that the caller vouches for; `title` is text
 */
export function pageDocument(parts: { title: string; head: string; body: string }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
${parts.head}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${escapeHtml(parts.title)}</title>
<link rel="icon" href="${icon}">
</head>
<body>
<noscript>This page draws with JavaScript, which is switched off. The run's numbers are in history.csv in its folder.</noscript>
<main id="page"></main>
${parts.body}
</body>
</html>
`;
}

/** For text, and for values of attributes in double quotes. */
function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
