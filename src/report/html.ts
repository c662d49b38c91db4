import { createHash } from 'node:crypto';

/** The parts of a page: style, script, and their data. */
export interface PageParts {
  readonly title: string;
  readonly style: string;
  readonly script: string;
  readonly data: object;
  readonly sheets: readonly Buffer[];
}

/** First lines of every page by framesort. */
export const pageMark = '<!doctype html>\n<!-- framesort page -->\n';

/** Returns a self-contained HTML document. Its content security policy forbids all requests. */
export function pageHtml({ title, style, script, data, sheets }: PageParts): string {
  return `${pageMark}<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(style, script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="framesort">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<noscript>This page needs its own script: allow scripts for this file. It sends nothing over a network.</noscript>
<div id="page"></div>
<script type="application/json" id="data">${jsonForScript(data)}</script>
${sheets.map((sheet) => `<script type="text/plain" class="thumbnails">${sheet.toString('base64')}</script>`).join('\n')}
<script>${script}</script>
</body>
</html>
`;
}

function policy(style: string, script: string): string {
  return [
    "default-src 'none'",
    'img-src data: blob:',
    `style-src ${hashOf(style)}`,
    `script-src ${hashOf(script)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** Policy source for a single script or style. */
function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

const entities = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
]);

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities.get(character) as string);
}

/** Returns JSON that can neither end its script element nor begin a comment. */
export function jsonForScript(value: unknown): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, escaped);
}
