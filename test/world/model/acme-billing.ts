import { withManners } from './manners.ts';
import { calls, type Scene, type Step, says } from './persona.ts';

const invoices = ({ tools, context }: Scene): Step[] => {
  const tool = [...tools].find((name) => /invoice/i.test(name));
  const id = context.match(/\bacct_\w+/)?.[0];
  return tool === undefined ? [] : [calls(tool, id === undefined ? {} : { accountId: id })];
};

const firstWords = (scene: Scene): Step[] =>
  /\bPro\b/.test(scene.context) ? [says('billingKnows'), ...invoices(scene)] : [says('billingHelp')];

const onTurn = (words: string | null, scene: Scene): Step[] =>
  words !== null && /thank/i.test(words)
    ? [says('billingGoodbye'), calls('end_call', { resolved: true, reason: 'The invoice was explained' })]
    : [says('billingHelp'), ...invoices(scene)];

/** Acme's billing agent: reads invoices. */
export const acmeBilling = withManners({
  name: 'billing',
  recognises: (tools) => [...tools].some((name) => /invoice/i.test(name)),
  respond: (scene) => {
    const { cue } = scene;
    if (cue.type === 'asked') return firstWords(scene);
    if (cue.type === 'caller-turn') return scene.said.length === 0 ? firstWords(scene) : onTurn(cue.words, scene);
    if (cue.type === 'out-of-band') return [{ do: 'write', text: 'The caller asked about an invoice.' }];
    return cue.outputs.some(({ output }) => output.includes('"invoices"')) ? [says('billingInvoice')] : [];
  },
});
