import type { CallId } from '../infra/brand.ts';
import type { RedisLink } from '../infra/redis.ts';
import { decodeSummary, encodeSummary, type Summary, type SummaryStore } from './summaries.ts';

const summaryKey = (callId: CallId): string => `tl:{${callId}}:summary`;

export class RedisSummaryStore implements SummaryStore {
  readonly #link: RedisLink;
  readonly #keepSeconds: number;

  constructor(link: RedisLink, options: { readonly keepDays: number }) {
    this.#link = link;
    this.#keepSeconds = Math.round(options.keepDays * 86_400);
  }

  async put(callId: CallId, summary: Summary): Promise<void> {
    await this.#link.call('keep a summary', (client) =>
      client.set(summaryKey(callId), encodeSummary(summary), 'EX', this.#keepSeconds),
    );
  }

  async get(callId: CallId): Promise<Summary | undefined> {
    const stored = await this.#link.call('find a summary', (client) => client.get(summaryKey(callId)));
    return stored === null ? undefined : decodeSummary(stored);
  }
}
