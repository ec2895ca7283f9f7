import type { CallId } from '../../infra/brand.ts';
import type { NodeSign, Nodes } from '../../store/nodes.ts';
import type { SimLine } from './sim-line.ts';

/** The signs of all processes as one of them sees and gives them, over its line. */
export class SimNodes implements Nodes {
  readonly #nodes: Nodes;
  readonly #line: SimLine;

  constructor(nodes: Nodes, line: SimLine) {
    this.#nodes = nodes;
    this.#line = line;
  }

  beat = (sign: NodeSign) => this.#line.over(() => this.#nodes.beat(sign));
  has = (node: string, callIds: readonly CallId[]) =>
    callIds.length === 0 ? Promise.resolve() : this.#line.over(() => this.#nodes.has(node, callIds));
  lets = (node: string, callIds: readonly CallId[]) =>
    callIds.length === 0 ? Promise.resolve() : this.#line.over(() => this.#nodes.lets(node, callIds));
  take = (node: string, beat: number) => this.#line.over(() => this.#nodes.take(node, beat));
  takeCall = (node: string) => this.#line.over(() => this.#nodes.takeCall(node));
  leave = (node: string) => this.#line.over(() => this.#nodes.leave(node));
}
