import { ms } from '../../infra/brand.ts';
import { acmePersonas } from '../world/article.ts';
import { demoAccount } from '../world/back-office.ts';
import type { PhoneCall } from '../world/carrier/phone-call.ts';
import type { Stage } from '../world/stage.ts';
import { clip } from '../world/voices/clips.ts';
import type { PlayOptions } from './play.ts';
import { saysAfter } from './play.ts';

/** A card as its owner types it. */
export interface Card {
  readonly number: string;
  /** MMYY */
  readonly expires: string;
  readonly code: string;
  readonly postal: string;
}

export const visa: Card = { number: '4242424242424242', expires: '1130', code: '847', postal: '94105' };

export const keysOf = ({ number, expires, code, postal }: Card): string => `${number}${expires}${code}${postal}#`;

export const openInvoice = 'INV-2026-007';

/** An invoice that is not paid yet. */
export const owes = ({ backOffice }: Stage): void => {
  backOffice.state.invoices.set(demoAccount.id, [
    {
      number: openInvoice,
      period: '2026-02',
      amount: 49,
      currency: 'USD',
      status: 'open',
      lines: [{ text: 'Pro plan', amount: 49 }],
    },
  ]);
};

type Scene = (stage: Stage, call: PhoneCall) => boolean;

/** Does something once, as soon as something holds. */
export const when = (stage: Stage, call: PhoneCall, holds: Scene): Promise<void> =>
  new Promise((resolve) => {
    const look = () => {
      if (call.over) return;
      if (holds(stage, call)) resolve();
      else stage.clock.after(ms(20), look);
    };
    look();
  });

/** How often the carrier has asked for a card. */
export const cardQuestions = ({ record }: PhoneCall): number =>
  record.said.filter((words) => /credit card number/.test(words)).length;

/** Presses keys one by one. */
export const types = async ({ clock }: Stage, call: PhoneCall, keys: string): Promise<void> => {
  for (const key of keys) {
    call.press(key);
    await new Promise<void>((resolve) => clock.after(ms(120), resolve));
  }
};

/** The caller is content as soon as an agent has said this. */
export const contentAfter = (words: RegExp): NonNullable<PlayOptions['watch']> => {
  let isSaid = false;
  return (event, _, call) => {
    if (isSaid || event.type !== 'agent-said' || !words.test(event.text) || event.heardMs < event.saidMs) return;
    isSaid = true;
    call.speak(clip('callerAllDone'));
  };
};

/** Billing answers, and the caller wants to pay. */
export const atBilling: PlayOptions = {
  personas: acmePersonas,
  line: (acme) => ({ ...acme, start: 'billing' }),
  script: [saysAfter('callerPays', ['billingHelp'])],
  patienceMs: 120_000,
};
