/**
 * The call of the article that throughline comes from: an API key that doesn't work, reset by support, explained by a specialist
 * who already knows. Here is what the caller says, who the model can be, and what there is to know.
 */
import { demoAccount } from './back-office.ts';
import { acmeBilling } from './model/acme-billing.ts';
import { acmeSupport } from './model/acme-support.ts';
import { acmeTechnical } from './model/acme-technical.ts';
import type { Persona } from './model/persona.ts';
import { briefingOf, type SessionRecord } from './model/record.ts';
import { type ClipName, clipOf } from './voices/clips.ts';

/** Number the caller calls from; the back office knows it. */
export const callerNumber = demoAccount.phone;

/** Everybody the simulated model can be on Acme's line. */
export const acmePersonas: readonly Persona[] = [acmeTechnical, acmeBilling, acmeSupport];

/** One thing the caller says, and when: having heard these clips since their own last words, and then a silence. */
export interface CallerLine {
  readonly clip: ClipName;
  readonly afterHearing: readonly ClipName[];
  /** Silence before the caller speaks, in ms. */
  readonly pauseMs: number;
}

export const callerLines: readonly CallerLine[] = [
  { clip: 'callerOpening', afterHearing: ['supportGreeting'], pauseMs: 500 },
  { clip: 'callerStillFails', afterHearing: ['supportLooksUp', 'supportPro', 'supportReset'], pauseMs: 1500 },
  {
    clip: 'callerFixed',
    afterHearing: ['supportBridging', 'technicalKnows', 'technicalFrustrating', 'technicalLooks', 'technicalFound'],
    pauseMs: 1500,
  },
];

/** What the agents say after the caller's last line. */
export const closingLine: ClipName = 'technicalGoodbye';

/** Texts of the caller's lines, for a recording that only its order can identify. */
export const callerTexts: readonly string[] = callerLines.map((line) => clipOf(line.clip).text);

/** One thing that is known when support hands over, and how to see that a briefing has it. */
export interface KnownFact {
  readonly key: string;
  readonly pattern: RegExp;
}

/** All there is to know at the handoff. */
export const knownFacts: readonly KnownFact[] = [
  { key: 'callerNumber', pattern: /\+14155550134/ },
  { key: 'accountId', pattern: /acct_1042/ },
  { key: 'accountTier', pattern: /\bPro\b/ },
  { key: 'issueCategory', pattern: /"issueCategory"\s*:\s*"API key"/i },
  { key: 'keyActivated', pattern: /yesterday/i },
  { key: 'keyReset', pattern: /resetApiKey|Reset API key/i },
  { key: 'resetFailed', pattern: /Reset API key[^}]*failed/i },
  { key: 'symptom', pattern: /\b401\b/ },
  { key: 'sentiment', pattern: /frustrated/i },
  { key: 'handoffReason', pattern: /API key was reset, but the caller still gets/ },
];

/** Which of the known facts a session's briefing has: measured in what the model server received. */
export const factsCarriedTo = (
  specialist: SessionRecord,
): { readonly total: number; readonly carried: readonly string[] } => {
  const briefing = briefingOf(specialist);
  return {
    total: knownFacts.length,
    carried: knownFacts.filter(({ pattern }) => pattern.test(briefing)).map(({ key }) => key),
  };
};
