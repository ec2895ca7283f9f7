import { withManners } from './manners.ts';
import { calls, type Scene, type Step, says } from './persona.ts';

const invoices = ({ tools, context }: Scene): Step[] => {
  const tool = [...tools].find((name) => /invoice/i.test(name));
  const id = context.match(/\bacct_\w+/)?.[0];
  return tool === undefined ? [] : [calls(tool, id === undefined ? {} : { accountId: id })];
};

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

const firstWords = (scene: Scene): Step[] =>
  /\bPro\b/.test(scene.context) ? [says('billingKnows'), ...invoices(scene)] : [says('billingHelp')];

const isBack = ({ instructions }: Scene): boolean => /comes back to you from a payment/.test(instructions);

const onTurn = (words: string | null, scene: Scene): Step[] =>
  words !== null && /\b(pay|try again)\b/i.test(words) ? pays(scene) : otherwise(words, scene);

const otherwise = (words: string | null, scene: Scene): Step[] =>
  words !== null && /thank/i.test(words)
    ? [says('billingGoodbye'), calls('end_call', { resolved: true, reason: 'The invoice was explained' })]
    : [says('billingHelp'), ...invoices(scene)];

/** Acme's billing agent: reads invoices. */
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
    if (!cue.outputs.some(({ output }) => output.includes('"invoices"'))) return [];
    return wantsToPay(scene) && openInvoice(scene) !== undefined ? pays(scene) : [says('billingInvoice')];
  },
});
