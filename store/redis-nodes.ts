import { type CallId, parseCallId } from '../infra/brand.ts';
import { type RedisLink, redisScript } from '../infra/redis.ts';
import type { NodeSign, Nodes, Roll } from './nodes.ts';
import { takenMs } from './nodes.ts';

// All are in one slot of a Cluster.
/** A hash: process by its sign, as `beat takesCalls address`. */
const signsKey = 'tl:{nodes}:signs';
/** A set: the calls of a process. */
const callsKey = (node: string): string => `tl:{nodes}:calls:${node}`;
/** It was taken for dead. */
const takenKey = (node: string): string => `tl:{nodes}:taken:${node}`;

/** KEYS: signs, taken. ARGV: node, sign. */
const beatScript = redisScript(`
local isTaken = redis.call('EXISTS', KEYS[2])
if isTaken == 0 then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
return {isTaken, redis.call('HGETALL', KEYS[1])}
`);

/** KEYS: signs, taken. ARGV: node, beat, ms to remember it. */
const takeScript = redisScript(`
local sign = redis.call('HGET', KEYS[1], ARGV[1])
if not sign then return redis.call('EXISTS', KEYS[2]) end
if string.match(sign, '^%d+') ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[2], '1', 'PX', ARGV[3])
return 1
`);

/** KEYS: signs, calls, taken. ARGV: node. */
const takeCallScript = redisScript(`
if redis.call('EXISTS', KEYS[3]) == 0 then return false end
local call = redis.call('SPOP', KEYS[2])
if not call then redis.call('HDEL', KEYS[1], ARGV[1]) end
return call
`);

const textOf = ({ beat, takesCalls, address }: NodeSign): string => `${beat} ${takesCalls ? 1 : 0} ${address}`;

const signOf = (node: string, text: string): NodeSign => {
  const [beat = '', takesCalls = '', address = ''] = text.split(' ');
  return { node, beat: Number(beat), takesCalls: takesCalls === '1', address };
};

const signsIn = (answer: unknown): NodeSign[] => {
  const flat = Array.isArray(answer) ? answer.map(String) : [];
  return Array.from({ length: flat.length / 2 }, (_, at) => signOf(flat[2 * at] ?? '', flat[2 * at + 1] ?? ''));
};

export class RedisNodes implements Nodes {
  readonly #link: RedisLink;

  constructor(link: RedisLink) {
    this.#link = link;
  }

  async beat(sign: NodeSign): Promise<Roll> {
    const input = { keys: [signsKey, takenKey(sign.node)], values: [sign.node, textOf(sign)] };
    const answer = await this.#link.script('give a sign', beatScript, input);
    const [isTaken, all] = Array.isArray(answer) ? answer : [];
    return { isTaken: isTaken === 1, signs: signsIn(all) };
  }

  async has(node: string, callIds: readonly CallId[]): Promise<void> {
    if (callIds.length === 0) return;
    await this.#link.call('note who has a call', (client) =>
      client
        .multi()
        .sadd(callsKey(node), ...callIds)
        .pexpire(callsKey(node), 2 * takenMs)
        .exec(),
    );
  }

  async lets(node: string, callIds: readonly CallId[]): Promise<void> {
    if (callIds.length === 0) return;
    await this.#link.call('note who let a call go', (client) => client.srem(callsKey(node), ...callIds));
  }

  async take(node: string, beat: number): Promise<boolean> {
    const input = { keys: [signsKey, takenKey(node)], values: [node, String(beat), String(takenMs)] };
    return (await this.#link.script('take a process for dead', takeScript, input)) === 1;
  }

  async takeCall(node: string): Promise<CallId | undefined> {
    const input = { keys: [signsKey, callsKey(node), takenKey(node)], values: [node] };
    const call = await this.#link.script('take a call of a dead process', takeCallScript, input);
    return typeof call === 'string' ? parseCallId(call) : undefined;
  }

  async leave(node: string): Promise<void> {
    await this.#link.call('leave', (client) => client.multi().hdel(signsKey, node).del(callsKey(node)).exec());
  }
}
