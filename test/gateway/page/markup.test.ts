import { expect, test } from 'vitest';
import { html, Markup } from '../../../gateway/page/markup.ts';

const textOf = (markup: Markup): string => markup.text;

test('what is put into a template is text, in content and in an attribute', () => {
  const nasty = `"'\`<&>`;
  const escaped = '&quot;&#39;&#96;&lt;&amp;&gt;';
  expect(textOf(html`<p title="${nasty}">${nasty}</p>`)).toBe(`<p title="${escaped}">${escaped}</p>`);
});

test('markup stays, lists are joined, nothing is nothing, a lone surrogate is replaced', () => {
  expect(textOf(html`${[html`<b>${1}</b>`, ' & ', undefined]}${undefined}`)).toBe('<b>1</b> &amp; ');
  expect(textOf(html`${'\ud800'}`)).toBe('\ufffd');
});

test('a value that only looks like markup is not trusted', () => {
  const stored: unknown = JSON.parse('{"text":"<script>"}');
  expect(stored instanceof Markup).toBe(false);
});
