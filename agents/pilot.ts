import { isOpen, type OpeningHours } from './hours.ts';

/** Where a caller goes whom no agent serves. */
export type Elsewhere =
  /** A person's phone, E.164. */
  | { readonly number: string }
  /** A queue at the carrier. With `workflow` (TaskRouter, `WW…`) the name is the task's attribute `queue`. */
  | { readonly queue: string; readonly workflow?: string }
  /** Another application's TwiML, https: the IVR that was there before. It gets the original call. */
  | { readonly url: string }
  /** A telephone system, `sip:user@host`. */
  | { readonly sip: string };

/** Which calls of a number its agents take, while they are tried out. Everybody else goes `otherwise`. */
export interface Pilot {
  /**
   * 0 to 1: this part of all callers, chosen by their number, so that a caller is always treated the same. Who is in stays in when
   * the share is raised. Without a share: everybody, or with `callers`, nobody but them.
   */
  readonly share?: number;
  /** Always in, whatever the share is. E.164. */
  readonly callers?: readonly string[];
  /** Outside of them nobody is in. */
  readonly hours?: OpeningHours;
  /** For those who are not in; while the kill switch is on, for all; and where there is no fallback number, whenever we can't. */
  readonly otherwise: Elsewhere;
}

/** Why a call is not ours. `callers`: it is from none of those listed. */
export type NotOurs = 'hours' | 'callers' | 'share';

const prime = 0x01_00_01_93;

/** Spreads texts evenly over 0 to 1 (1 not included): FNV-1a, then a mix, as numbers that count up differ in their last digits only. */
export const spread = (text: string): number => {
  let hash = 0x81_1c_9d_c5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), prime);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85_eb_ca_6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2_b2_ae_35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
};

/** One who calls: `from` as the carrier gave it, and what tells this caller from others: the number, or the call's id where there is none. */
export interface PilotCaller {
  readonly line: string;
  readonly from: string;
  readonly key: string;
}

/**
 * Why this call is not one for the agents; undefined: it is theirs. One rule: within the hours, listed callers are always in, and the
 * share decides for all others.
 */
export const whyNotOurs = (
  { share, callers, hours }: Omit<Pilot, 'otherwise'>,
  { line, from, key }: PilotCaller,
  wallMs: number,
): NotOurs | undefined => {
  if (hours !== undefined && !isOpen(hours, wallMs)) return 'hours';
  if (callers?.includes(from) === true) return undefined;
  if (share === undefined) return callers === undefined ? undefined : 'callers';
  return spread(`${line} ${key}`) < share ? undefined : 'share';
};
