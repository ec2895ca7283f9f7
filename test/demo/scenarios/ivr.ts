import { demoAccount } from '../../world/back-office.ts';
import { type CallerStep, type Cue, presses, says, waits } from '../../world/caller.ts';
import { tone } from '../../world/carrier/mulaw.ts';
import { recogniseClips } from '../../world/model/hearing.ts';
import type { ClipName } from '../../world/voices/clips.ts';
import { afterHearing, linesOfClips, runsOut, type SpokenLine } from '../caller-lines.ts';
import { reportFromIvr } from '../measure-ivr.ts';
import type { Play } from '../play.ts';
import type { Scenario } from '../scenario.ts';
import { keysToBilling, menu, menuUrl, menuVoice } from './menu.ts';

const callerClips: readonly ClipName[] = ['callerMarchInvoice', 'callerAllDone'];

const wordsOf = (text: string): Uint8Array => menuVoice(text) ?? tone(Math.max(400, 65 * text.length));

/** Key by key, as somebody does who looks at their phone. */
const types = (digits: string, cue: Cue): CallerStep[] =>
  [...digits].flatMap((digit, at) => [presses(digit, at === 0 ? cue : 'at-once'), waits(150)]);

const heard: ClipName[] = ['menuDepartment', 'menuAccount', 'menuMonth'];

const scriptOf = ([march, done]: readonly SpokenLine[]): CallerStep[] => [
  ...types(keysToBilling.department, afterHearing(heard.slice(0, 1), 500)),
  ...types(keysToBilling.account, afterHearing(heard.slice(0, 2), 700)),
  ...types(keysToBilling.month, afterHearing(heard, 700)),
  says(march?.mulaw ?? new Uint8Array(), afterHearing([...heard, 'menuConnects', 'billingFromMenu'], 700)),
  says(done?.mulaw ?? new Uint8Array(), afterHearing(['billingMarch'], 900)),
  runsOut,
];

const invoice = (month: number, plan: string, amount: number) => ({
  number: `INV-2026-00${month}`,
  period: `2026-0${month}`,
  amount,
  currency: 'USD',
  status: 'paid',
  lines: [{ text: `${plan} plan`, amount }],
});

const play = (): Play => {
  const lines = linesOfClips(callerClips);
  return {
    lines,
    script: scriptOf(lines),
    limitMs: 60_000,
    stage: { voiceUrl: menuUrl, elsewhere: menu, carrier: { say: wordsOf }, hear: recogniseClips },
    announcer: { who: 'menu', msOf: (text) => wordsOf(text).length / 8 },
    direct: async ({ stage }) => {
      stage.backOffice.state.invoices.set(demoAccount.id, [invoice(3, 'Pro', 49), invoice(2, 'Basic', 19)]);
      return () => {};
    },
  };
};

/** A call that comes out of a menu, with what was entered there. */
export const fromIvr: Scenario = {
  title: 'A call that comes from a menu of another system',
  length: 'about 45 seconds',
  lanes: ['caller', 'menu', 'billing'],
  heard: 'the menu and the agent',
  play,
  report: reportFromIvr,
};
