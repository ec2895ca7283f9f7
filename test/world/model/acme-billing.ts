import { withManners } from './manners.ts';
import { calls, type Scene, type Step, says, type ToolOutput } from './persona.ts';

const invoices = ({ tools, context }: Scene): Step[] => {
  const tool = [...tools].find((name) => /invoice/i.test(name));
  const id = context.match(/\bacct_\w+/)?.[0];
  return tool === undefined ? [] : [calls(tool, id === undefined ? {} : { accountId: id })];
};

/** What the menu's words name; each must have been passed on, or nobody may claim that the caller entered it. */
const entered = [/"value":"acct_1042","source":"ivr"/, /"value":"\d{4}-03","source":"ivr"/] as const;

const cameFromMenu = ({ context }: Scene): boolean => entered.every((pattern) => pattern.test(context));

const openInvoice = ({ outputs, context }: Scene): string | undefined => {
  const known = [...outputs.map(({ output }) => output), context].join('\n').replaceAll('\\"', '"');
  return known.match(/"number":"([\w-]+)"[^{}]*"status":"open"/)?.[1];
};

/** Pays what is open; looks for it first. */
const pays = (scene: Scene): Step[] => {
  const number = openInvoice(scene);
  if (number === undefined) return invoices(scene);
  return [says('billingToPayment'), calls('payInvoice', { invoiceNumber: number })];
};

const wantsToPay = ({ messages }: Scene): boolean => messages.some((text) => /\bto pay\b/i.test(text));

/** What came of the last payment, as the briefing of a session says that has the caller back from it. */
const afterPayment = (context: string): Step[] => {
  const outcome = [...context.matchAll(/"outcome":"([\w-]+)"/g)].at(-1)?.[1];
  if (outcome === 'paid') return [says('billingPaid')];
  return [says(outcome === 'unknown' || outcome === 'caller-hung-up' ? 'billingPaymentUnknown' : 'billingNotPaid')];
};

const isBack = ({ instructions }: Scene): boolean => /comes back to you from a payment/.test(instructions);

const firstWords = (scene: Scene): Step[] => {
  if (cameFromMenu(scene)) return [says('billingFromMenu')];
  return /\bPro\b/.test(scene.context) ? [says('billingKnows'), ...invoices(scene)] : [says('billingHelp')];
};

const onTurn = (words: string | null, scene: Scene): Step[] =>
  words !== null && /\b(pay|try again)\b/i.test(words) ? pays(scene) : otherwise(words, scene);

const otherwise = (words: string | null, scene: Scene): Step[] => {
  if (words !== null && /thank/i.test(words))
    return [says('billingGoodbye'), calls('end_call', { resolved: true, reason: 'The invoice was explained' })];
  // Says nothing before it has seen the invoice: it is asked why, not whether it can look.
  if (words !== null && cameFromMenu(scene) && /higher/i.test(words)) return invoices(scene);
  return [says('billingHelp'), ...invoices(scene)];
};

/** The number of the invoice of the month that the menu passed on. */
const askedInvoice = ({ output }: ToolOutput): string | undefined =>
  output.match(/"number":"([\w-]+)","period":"\d{4}-03"/)?.[1];

const onOutputs = (outputs: readonly ToolOutput[], scene: Scene): Step[] => {
  const charge = outputs.find(({ tool }) => tool === 'explainCharge');
  if (charge !== undefined) {
    const isExplained = /"text":"Pro plan/.test(charge.output) && /"status":"paid"/.test(charge.output);
    return [says(isExplained ? 'billingMarch' : 'billingHelp')];
  }
  const listed = outputs.find(({ output }) => output.includes('"invoices"'));
  if (listed === undefined) return [];
  const invoiceNumber = cameFromMenu(scene) ? askedInvoice(listed) : undefined;
  return invoiceNumber === undefined ? [says('billingInvoice')] : [calls('explainCharge', { invoiceNumber })];
};

/** Acme's billing agent: takes up what a menu passed on, and reads invoices. */
export const acmeBilling = withManners({
  name: 'billing',
  recognises: (tools) => [...tools].some((name) => /invoice/i.test(name)),
  respond: (scene) => {
    const { cue } = scene;
    if (cue.type === 'asked') return isBack(scene) ? afterPayment(scene.context) : firstWords(scene);
    if (cue.type === 'caller-turn') return scene.said.length === 0 ? firstWords(scene) : onTurn(cue.words, scene);
    if (cue.type === 'out-of-band') return [{ do: 'write', text: 'The caller asked about an invoice.' }];
    if (cue.outputs.some(({ output }) => output.includes('alreadyDone'))) return [says('billingAlreadyPaid')];
    if (cue.outputs.some(({ output }) => output.includes('outcome-unknown'))) return [says('billingPaymentUnknown')];
    const isListed = cue.outputs.some(({ output }) => output.includes('"invoices"'));
    if (isListed && wantsToPay(scene) && openInvoice(scene) !== undefined) return pays(scene);
    return onOutputs(cue.outputs, scene);
  },
});
