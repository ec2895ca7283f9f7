import type { Ink } from './ink.ts';

const columnWidth = 3;

interface Bridge {
  readonly from: number;
  readonly to: number;
}

const isCrossed = ({ from, to }: Bridge, at: number): boolean => at >= Math.min(from, to) && at < Math.max(from, to);

/** The sign where a bridge leaves its lane. */
const cornerOf = (bridge: Bridge | undefined, at: number): string | undefined => {
  if (bridge?.from !== at) return undefined;
  return bridge.from < bridge.to ? '╰' : '╯';
};

/** The lanes at the left of the timeline: the caller's runs through, those of agents begin and end. */
export class Lanes {
  readonly #ink: Ink;
  readonly #columns: readonly string[];
  /** The caller's lane is always there. */
  readonly #open = new Set<string>(['caller']);
  #bridge: Bridge | undefined;

  /** `columns`: who has a lane of their own, from the left. */
  constructor(ink: Ink, columns: readonly string[]) {
    this.#ink = ink;
    this.#columns = columns;
  }

  get width(): number {
    return columnWidth * this.#columns.length + 1;
  }

  open(agent: string): void {
    this.#open.add(agent);
  }

  close(agent: string): void {
    this.#open.delete(agent);
  }

  /** The next line that is drawn leads from one lane into the other. */
  handOver(from: string, to: string): void {
    this.#bridge = { from: this.#column(from), to: this.#column(to) };
  }

  /** The lanes of one line, with a sign in one of them. */
  draw(mark: { readonly lane: string; readonly sign: string } | undefined): string {
    const bridge = this.#bridge;
    this.#bridge = undefined;
    const cells = this.#columns.map((name, at) => {
      const isMarked = mark !== undefined && mark.sign !== '' && this.#column(mark.lane) === at;
      const isBridged = bridge !== undefined && isCrossed(bridge, at);
      const rest = isBridged ? '──' : '  ';
      const sign = isMarked ? mark.sign : (cornerOf(bridge, at) ?? (this.#isOpen(at) ? '│' : ' '));
      return this.#ink.paint(isBridged ? 'good' : this.#styleOf(at, name), `${sign}${rest}`);
    });
    return `${cells.join('')} `;
  }

  /** An agent that has no lane of its own shares the last. */
  #column(name: string): number {
    const at = this.#columns.indexOf(name);
    return at === -1 ? this.#columns.length - 1 : at;
  }

  #isOpen(at: number): boolean {
    return [...this.#open].some((name) => this.#column(name) === at);
  }

  #styleOf(at: number, name: string): string {
    return [...this.#open].find((open) => this.#column(open) === at) ?? name;
  }
}
