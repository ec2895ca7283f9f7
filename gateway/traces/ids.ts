import type { CallId, Term } from '../../infra/brand.ts';

/** What of a call a span shows. An event can begin several spans; their ids differ by this. */
const parts = [
  'call',
  'term',
  'turn',
  'tool',
  'detour',
  'preparing',
  'proving',
  'draining',
  'searching',
  'talking',
] as const;
export type SpanPart = (typeof parts)[number];

/** Where in the call's log a span begins. */
export interface Beginning {
  readonly term: Term | 0;
  readonly seq: number;
}

const hexOf = (callId: CallId): string => callId.slice(2).toLowerCase();

/** A `CallSid` is a trace id: every process that serves the call has the same. All zeros is none by W3C's Trace Context. */
export const traceIdOf = (callId: CallId): string => {
  const hex = hexOf(callId);
  return /^0+$/.test(hex) ? hex.replace(/.$/, '1') : hex;
};

/**
 * The id of a span, from where in the log it begins: whoever reads the log again gets the same. Term, seq and part make it unique in the
 * call, and the call's own digits, mixed in, among others'.
 */
export const spanIdOf = (callId: CallId, { term, seq }: Beginning, part: SpanPart): string => {
  const place = (BigInt(term & 0xffff) << 48n) | (BigInt(seq >>> 0) << 16n) | BigInt(parts.indexOf(part) + 1);
  const id = place ^ BigInt(`0x${hexOf(callId).slice(0, 16)}`);
  return (id === 0n ? 0xffff_ffff_ffff_ffffn : id).toString(16).padStart(16, '0');
};

/** The span of the whole call, whichever process gets to write it. */
export const callSpanId = (callId: CallId): string => spanIdOf(callId, { term: 0, seq: 0 }, 'call');
