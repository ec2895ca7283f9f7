import type { CallId } from '../../infra/brand.ts';
import type { NodeSign, Nodes, Roll } from '../../store/nodes.ts';

/** Signs and calls of processes, in one process: a stand-in for the simulation. */
export class MemoryNodes implements Nodes {
  readonly #signs = new Map<string, NodeSign>();
  readonly #calls = new Map<string, Set<CallId>>();
  readonly #taken = new Set<string>();

  async beat(sign: NodeSign): Promise<Roll> {
    const isTaken = this.#taken.has(sign.node);
    if (!isTaken) this.#signs.set(sign.node, sign);
    return { isTaken, signs: [...this.#signs.values()] };
  }

  async has(node: string, callIds: readonly CallId[]): Promise<void> {
    const calls = this.#calls.get(node) ?? new Set();
    for (const callId of callIds) calls.add(callId);
    this.#calls.set(node, calls);
  }

  async lets(node: string, callIds: readonly CallId[]): Promise<void> {
    for (const callId of callIds) this.#calls.get(node)?.delete(callId);
  }

  async take(node: string, beat: number): Promise<boolean> {
    if (this.#signs.get(node)?.beat === beat) this.#taken.add(node);
    return this.#taken.has(node);
  }

  async takeCall(node: string): Promise<CallId | undefined> {
    if (!this.#taken.has(node)) return undefined;
    const calls = this.#calls.get(node);
    const [callId] = calls ?? [];
    if (callId !== undefined) calls?.delete(callId);
    if ((calls?.size ?? 0) === 0) this.#signs.delete(node);
    return callId;
  }

  async leave(node: string): Promise<void> {
    this.#signs.delete(node);
    this.#calls.delete(node);
  }
}
