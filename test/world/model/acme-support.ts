import { withManners } from './manners.ts';
import { calls, type Scene, type Step, says, type ToolOutput } from './persona.ts';

const resetSolution = 'Reset API key';

const failed = ({ output }: ToolOutput): boolean => /"error"\s*:/.test(output);

const idIn = (text: string): string | undefined => text.match(/\bacct_\w+/)?.[0];

/** A call that is already under way: something was said or looked up before this session. */
const midCall = ({ context, messages }: Scene): boolean =>
  messages.length > 0 || /"(toolCalls|conversation|turns|messages|recent\w*)":\s*\[\s*\{/.test(context);

const alreadyReset = ({ outputs, context }: Scene): boolean =>
  outputs.some((output) => output.tool === 'resetApiKey' && !failed(output)) || context.includes('resetApiKey');

const lookUp = (words: string, { context, instructions }: Scene): Step[] => {
  const phone = `${context} ${instructions}`.match(/\+\d{8,15}/)?.[0];
  return [
    says('supportLooksUp'),
    ...(/yesterday/i.test(words) ? [calls('remember', { key: 'keyActivated', value: 'yesterday' })] : []),
    ...(/API key/i.test(words) ? [calls('classify_issue', { category: 'API key' })] : []),
    calls('checkAccountStatus', phone === undefined ? {} : { phone }),
  ];
};

/** Speaks of the tier only when the tool named it. */
const afterLookUp = (account: ToolOutput, { context }: Scene): Step[] => {
  const id = idIn(account.output) ?? idIn(context);
  const line = /"tier"\s*:\s*"Pro"/.test(account.output) ? 'supportPro' : 'supportNoTier';
  return [says(line), calls('resetApiKey', id === undefined ? {} : { accountId: id })];
};

const handOver = (words: string): Step[] => {
  const still = words.includes('401') ? 'still gets a 401 error' : 'still gets an error';
  const frustrated = /frustrat/i.test(words);
  return [
    says('supportBridging'),
    calls('note_attempt', { solution: resetSolution, outcome: 'failed' }),
    ...(frustrated ? [calls('note_sentiment', { sentiment: 'frustrated' })] : []),
    calls('transfer_to_technical', {
      reason: `API key was reset, but the caller ${still}`,
      caller_asked: false,
      symptom: words.includes('401') ? '401 with a freshly reset API key' : 'error with a freshly reset API key',
    }),
  ];
};

const asksFor = (words: string, scene: Scene): Step[] | undefined => {
  const { tools } = scene;
  const person = [...tools].find((name) => /^transfer_to_(?!technical|billing|support)/.test(name));
  if (/person/i.test(words) && person !== undefined) {
    const failed = /still fails/i.test(words) && alreadyReset(scene);
    // With something to note first, it speaks when it knows what came of its tools.
    if (failed) {
      const reason = 'The new API key still fails, and the caller asks for a person';
      return [
        calls('note_attempt', { solution: resetSolution, outcome: 'failed' }),
        calls(person, { reason, caller_asked: true }),
      ];
    }
    return [says('supportToPerson'), calls(person, { reason: 'The caller asks for a person', caller_asked: true })];
  }
  if (/invoice/i.test(words) && tools.has('transfer_to_billing')) {
    const reason = 'The caller has a question about an invoice';
    return [says('supportToBilling'), calls('transfer_to_billing', { reason, caller_asked: false })];
  }
  if (/specialist/i.test(words)) {
    const request = { reason: 'The caller asks for a specialist', caller_asked: true, symptom: 'not said yet' };
    return [says('supportBridging'), calls('transfer_to_technical', request)];
  }
  return undefined;
};

/** What came of a transfer to a person, by the newest word on it that this session was given. */
const transferIn = (context: string): string | undefined =>
  [...context.matchAll(/"transfer":\{"status":"([\w-]+)"|"outcome":"([\w-]+)","talkedForSeconds"|"state":"(failed)"/g)]
    .map(([, status, ending, state]) => status ?? ending ?? state)
    .at(-1);

/** The caller is back from a person, or did not get one. */
const afterPerson = ({ context }: Scene): Step[] | undefined => {
  switch (transferIn(context)) {
    case 'failed':
      return [says('supportNotReached')];
    case 'trying-another':
      return [says('supportTriesAnother')];
    case 'left':
      return [says('supportCutOff')];
    case 'given-back':
      return [says(/"personWrote":"[^"]*new key/.test(context) ? 'supportRefund' : 'supportWelcomeBack')];
    default:
      return undefined;
  }
};

const onTurn = (words: string | null, scene: Scene): Step[] => {
  if (words === null) return [says('supportPardon')];
  const asked = asksFor(words, scene);
  if (asked !== undefined) return asked;
  if (/something else/i.test(words)) return [says('supportHelp')];
  if (/that's all/i.test(words)) return isDone;
  return alreadyReset(scene) ? handOver(words) : lookUp(words, scene);
};

/** Nobody took over: a specialist could not be reached, or a person is rung, or not to be had. */
const afterTransfer = ({ output }: ToolOutput, scene: Scene): Step[] => {
  const { messages } = scene;
  const news = afterPerson(scene);
  if (news !== undefined) return news;
  if (/"status":"failed"/.test(output)) return [says('supportNotReached')];
  if (!/"status":"(ringing|trying-another)"/.test(output)) return [says('supportStays')];
  if (/that's all/i.test(messages.at(-1) ?? '')) return isDone;
  return [says(...(scene.said.includes('supportToPerson') ? [] : ['supportToPerson' as const]), 'supportRings')];
};

const isDone: Step[] = [says('supportGoodbye'), calls('end_call', { resolved: true, reason: 'The caller is content' })];

const onOutputs = (outputs: readonly ToolOutput[], scene: Scene): Step[] => {
  const account = outputs.find((output) => output.tool === 'checkAccountStatus');
  if (account !== undefined) return afterLookUp(account, scene);
  const reset = outputs.find((output) => output.tool === 'resetApiKey');
  if (reset !== undefined) return [says(failed(reset) ? 'supportNoReset' : 'supportReset')];
  const transfer = outputs.find((output) => output.tool.startsWith('transfer_to_'));
  if (transfer !== undefined) return afterTransfer(transfer, scene);
  return [];
};

/** Acme's first agent: looks the account up, resets the key, hands over when that did not help. */
/** All that an agent of a call has which may be what kills processes: it can end it, or get a person. */
const isSafeMode = (tools: ReadonlySet<string>): boolean =>
  tools.has('end_call') && [...tools].every((name) => name === 'end_call' || name === 'transfer_to_human');

export const acmeSupport = withManners({
  name: 'support',
  recognises: (tools) => tools.has('checkAccountStatus') || isSafeMode(tools),
  respond: (scene) => {
    const { cue } = scene;
    if (isSafeMode(scene.tools)) return [says('supportBack')];
    if (cue.type === 'asked') return afterPerson(scene) ?? [says(midCall(scene) ? 'supportBack' : 'supportGreeting')];
    if (cue.type === 'caller-turn') return onTurn(cue.words, scene);
    if (cue.type === 'tool-outputs') return onOutputs(cue.outputs, scene);
    return [{ do: 'write', text: 'The caller has trouble with an API key.' }];
  },
});
