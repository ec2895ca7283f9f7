/** HTML that was put together by `html`, and by nothing else: all that came in from outside is escaped in it. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template takes. Nothing is made of `undefined`. */
export type Part = string | number | undefined | Markup | readonly Part[];

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

// Direction overrides make a text read as another one; the other characters are none that a page may hold.
const unseen = /(?![\t\n])[\p{Cc}\p{Bidi_Control}\ufffe\uffff]/gu;

/** The text, fit for content and for attributes in quotes. */
const escaped = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(unseen, '')
    .replaceAll(/[&<>"'`]/g, (character) => references[character] ?? '');

const written = (part: Part): string => {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.text;
  return typeof part === 'object' ? part.map(written).join('') : escaped(String(part));
};

/** Markup from a template: what stands in the source is HTML, what is put into it is text, or markup that was made the same way. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Markup =>
  new Markup(strings.reduce((text, string, index) => text + written(parts[index - 1]) + string));

/** A document: well-formed, so that it is read in one way only. `style` is ours and goes in as it is. */
export const page = (title: string, style: string, body: Markup): string =>
  html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="robots" content="noindex, nofollow" />
<meta name="color-scheme" content="light dark" />
<meta name="format-detection" content="telephone=no" />
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
${body}
</body>
</html>
`.text;
