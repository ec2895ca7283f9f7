import type { RedisLink } from '../infra/redis.ts';
import { type Clip, type ClipStore, decodeClip, encodeClip } from './clips.ts';

const clipKey = (key: string): string => `tl:clip:${key}`;

export class RedisClipStore implements ClipStore {
  readonly #link: RedisLink;

  constructor(link: RedisLink) {
    this.#link = link;
  }

  async put(key: string, clip: Clip): Promise<void> {
    await this.#link.call('keep a clip', (client) => client.set(clipKey(key), encodeClip(clip)));
  }

  async get(key: string): Promise<Clip | undefined> {
    const stored = await this.#link.call('find a clip', (client) => client.get(clipKey(key)));
    return stored === null ? undefined : decodeClip(stored);
  }
}
