import { XMLParser, XMLValidator } from 'fast-xml-parser';

/** An element of a page, as a browser would read it. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** All text inside, with one space where elements or lines meet. */
  readonly text: string;
  readonly children: readonly Element[];
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  trimValues: false,
  parseTagValue: false,
  processEntities: { enabled: true, maxTotalExpansions: 1_000_000, maxExpandedLength: 100_000_000 },
  htmlEntities: true,
});

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const textsOf = (attributes: unknown): Record<string, string> =>
  isRecord(attributes) ? Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, String(value)])) : {};

const nodeOf = (node: unknown): Element | string => {
  if (!isRecord(node)) return '';
  const name = Object.keys(node).find((key) => key !== ':@') ?? '';
  const inner = node[name];
  if (name === '#text') return String(inner);
  const nodes = Array.isArray(inner) ? inner.map(nodeOf) : [];
  return {
    name,
    attributes: textsOf(node[':@']),
    text: nodes
      .map((each) => (typeof each === 'string' ? each : ` ${each.text} `))
      .join('')
      .replaceAll(/\s+/g, ' ')
      .trim(),
    children: nodes.flatMap((each) => (typeof each === 'string' ? [] : [each])),
  };
};

/** Parses a page. Throws when it is not well-formed: then browsers would have to guess. */
export const parsePage = (html: string): Element => {
  const valid = XMLValidator.validate(html);
  if (valid !== true) throw new Error(`not well-formed: ${JSON.stringify(valid.err)}`);
  const nodes: unknown = parser.parse(html);
  const root = (Array.isArray(nodes) ? nodes : [])
    .map(nodeOf)
    .find((node) => typeof node === 'object' && node.name === 'html');
  if (typeof root !== 'object') throw new Error('no html element');
  return root;
};

/** All elements below, and the root itself, in the order of the page. */
export const allOf = (root: Element): readonly Element[] => [root, ...root.children.flatMap(allOf)];

/** Elements by name, and by class where one is given: `p.reason`. */
export const find = (root: Element, selector: string): readonly Element[] => {
  const [name = '', className] = selector.split('.');
  return allOf(root).filter(
    (element) =>
      (name === '' || element.name === name) &&
      (className === undefined || (element.attributes['class'] ?? '').split(' ').includes(className)),
  );
};

/** Text of the elements that `find` gives. */
export const texts = (root: Element, selector: string): readonly string[] => find(root, selector).map(({ text }) => text);
