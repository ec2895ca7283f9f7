/** Markup that is safe to put into a page as it is. Made only by `html` and `raw`. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Content = Markup | string | number | undefined | readonly Content[];

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text as it may stand between tags and in quoted attributes. */
export const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);

const rendered = (content: Content): string => {
  if (content instanceof Markup) return content.text;
  if (Array.isArray(content)) return content.map(rendered).join('');
  return content === undefined ? '' : escaped(String(content));
};

/** A template of markup: what is filled in is escaped, unless it is markup itself. Attributes must be quoted. */
export const html = (literals: TemplateStringsArray, ...contents: readonly Content[]): Markup =>
  new Markup(literals.map((literal, at) => (at === 0 ? literal : rendered(contents[at - 1]) + literal)).join(''));

/** Markup out of our own files. Never out of what anybody said. */
export const raw = (text: string): Markup => new Markup(text);
