import { once } from 'node:events';
import { createServer } from 'node:http';
import { z } from 'zod';
import { wallTime } from '../../../infra/brand.ts';
import type { Shape } from './log-of.ts';

const value = z.looseObject({
  stringValue: z.string().optional(),
  intValue: z.union([z.string(), z.number()]).optional(),
  boolValue: z.boolean().optional(),
});
const attributes = z.array(z.looseObject({ key: z.string(), value }));
const nanos = z.string().regex(/^\d{19}$/);
const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));
const otlpSpan = z.looseObject({
  traceId: hex(32),
  spanId: hex(16),
  parentSpanId: z.string().optional(),
  name: z.string(),
  kind: z.number(),
  startTimeUnixNano: nanos,
  endTimeUnixNano: nanos,
  attributes,
  events: z.array(z.looseObject({ name: z.string(), timeUnixNano: nanos, attributes })),
  links: z.array(z.looseObject({ spanId: hex(16) })),
  status: z.looseObject({ code: z.number(), message: z.string().optional() }),
});
const body = z.looseObject({
  resourceSpans: z.array(
    z.looseObject({
      resource: z.looseObject({ attributes }),
      scopeSpans: z.array(z.looseObject({ spans: z.array(otlpSpan) })),
    }),
  ),
});

export interface Collected extends Shape {
  readonly kind: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly string[];
  readonly failed: boolean;
}

/** A stand-in for a collector, strict about OTLP's JSON. */
export interface Collector {
  readonly endpoint: string;
  readonly spans: readonly Collected[];
  /** All that came, as it came. */
  readonly texts: readonly string[];
  /** Of the requests that were not understood. */
  readonly problems: readonly string[];
  readonly services: ReadonlySet<unknown>;
  close(): void;
}

const flat = (given: z.infer<typeof attributes>) =>
  Object.fromEntries(
    given.map(({ key, value: { stringValue, intValue, boolValue } }) => [key, stringValue ?? intValue ?? boolValue]),
  );
const msOf = (text: string) => wallTime(Number(BigInt(text) / 1_000_000n));

const collectedOf = (span: z.infer<typeof otlpSpan>): Collected => ({
  traceId: span.traceId,
  spanId: span.spanId,
  parentId: span.parentSpanId === '' ? undefined : span.parentSpanId,
  name: span.name,
  kind: span.kind,
  startedAt: msOf(span.startTimeUnixNano),
  endedAt: msOf(span.endTimeUnixNano),
  attributes: flat(span.attributes),
  events: span.events.map(({ name }) => name),
  follows: span.links.map(({ spanId }) => spanId),
  failed: span.status.code === 2,
});

/** Starts one on the loopback. `status`: what it answers. */
export const startCollector = async (status = 200): Promise<Collector> => {
  const spans: Collected[] = [];
  const texts: string[] = [];
  const problems: string[] = [];
  const services = new Set<unknown>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const text = Buffer.concat(chunks).toString();
    texts.push(text);
    const parsed = body.safeParse(JSON.parse(text));
    if (request.url !== '/v1/traces' || request.headers['content-type'] !== 'application/json')
      problems.push(`${request.url} ${request.headers['content-type']}`);
    if (!parsed.success) problems.push(parsed.error.message);
    for (const { resource, scopeSpans } of parsed.data?.resourceSpans ?? []) {
      services.add(flat(resource.attributes)['service.name']);
      spans.push(...scopeSpans.flatMap((scope) => scope.spans.map(collectedOf)));
    }
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the collector has no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    spans,
    texts,
    problems,
    services,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
