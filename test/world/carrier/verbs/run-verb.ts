import type { TwimlElement } from '../../twiml-document.ts';
import { methodOf } from '../stream-plan.ts';
import { connect } from './connect.ts';
import { dial } from './dial.ts';
import { enqueue } from './enqueue.ts';
import { gather } from './gather.ts';
import { pay } from './pay.ts';
import { pause, play, say } from './speech.ts';
import { absolute, on, type Verb } from './verb.ts';

const redirect: Verb = async (stage, element) => {
  const url = absolute(element.text, stage.base);
  return { go: 'to', source: { kind: 'url', purpose: 'redirect', url, method: methodOf(element.attributes['method']) } };
};

const hangup: Verb = async () => ({ go: 'end', reason: 'hangup-verb', status: 'completed' });

const reject: Verb = async (_stage, element) => ({
  go: 'end',
  reason: 'rejected',
  status: element.attributes['reason'] === 'busy' ? 'busy' : 'no-answer',
});

const leave: Verb = async () => ({ go: 'leave', result: 'leave' });

const verbs: Readonly<Record<string, Verb>> = {
  Connect: connect,
  Redirect: redirect,
  Say: say,
  Pause: pause,
  Play: play,
  Gather: gather,
  Hangup: hangup,
  Reject: reject,
  Leave: leave,
  Dial: dial,
  Enqueue: enqueue,
  Pay: pay,
};

const describe = (element: TwimlElement): string =>
  [element.text, ...element.children.map((child) => `${child.name} ${child.text || (child.attributes['url'] ?? '')}`)]
    .join(' ')
    .trim();

/** Whether the call goes on ringing while the verb runs. */
const keepsRinging = ({ name, attributes }: TwimlElement): boolean =>
  name === 'Reject' || (name === 'Dial' && attributes['answerOnBridge'] === 'true');

/** Executes one verb. A verb of TwiML that is not simulated shows in the debugger, so that no scenario passes by accident. */
export const runVerb: Verb = async (stage, element, signal) => {
  stage.record.note({ type: 'verb', name: element.name, detail: describe(element) });
  if (!keepsRinging(element)) stage.leg.answer();
  const verb = verbs[element.name];
  if (verb !== undefined) return verb(stage, element, signal);
  stage.record.debug(12200, `<${element.name}> is not simulated`);
  return on;
};
