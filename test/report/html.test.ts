import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { pageAssets } from '../../src/report/assets.ts';
import { escapeHtml, jsonForScript, pageHtml } from '../../src/report/html.ts';

const hostile = [
  '</script><script>alert(1)</script>',
  '<!-- <script>',
  '"quoted" & \'single\'',
  'line\nbreak',
  '\u2028',
];

test('JSON in a page cannot end its element, and parses unchanged', () => {
  const text = jsonForScript(hostile);
  assert.doesNotMatch(text, /[<>\u2028]/);
  assert.deepEqual(JSON.parse(text), hostile);
});

test('text in markup stays text', () => {
  assert.equal(escapeHtml(`<b title="x">&'`), '&lt;b title=&quot;x&quot;&gt;&amp;&#39;');
});

test('a page runs only the script named in its policy, and sends no requests', () => {
  for (const kind of ['library', 'comparison'] as const) {
    const { script, style } = pageAssets(kind);
    const html = pageHtml({
      title: hostile.join(),
      data: hostile,
      sheets: [Buffer.from('x')],
      script,
      style,
    });
    const hash = createHash('sha256').update(script).digest('base64');
    assert.ok(html.includes(`script-src 'sha256-${hash}'`));
    assert.match(html, /default-src 'none'/);
    const scripts = html.match(/<script[^>]*>/g);
    assert.deepEqual(scripts, [
      '<script type="application/json" id="data">',
      '<script type="text/plain" class="thumbnails">',
      '<script>',
    ]);
    assert.doesNotMatch(html, /<(link|img|iframe|object|embed|base)\b/);
    const addresses = html.match(/\b(https?:)?\/\/[a-z][^\s"'`)]*/gi) ?? [];
    assert.deepEqual(
      addresses.filter((address) => address !== 'http://www.w3.org/2000/svg'),
      [],
    );
  }
});
