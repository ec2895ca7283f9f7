import { type Arm, assumed } from './arms.ts';
import { handOver } from './handing-over.ts';
import type { Random } from './random.ts';
import { accountFacts, type Topic } from './scenery.ts';
import { Teller } from './teller.ts';

/** A call that shall have been. */
export interface CallPlan {
  readonly arm: Arm;
  /** E.164. */
  readonly from: string;
  readonly topic: Topic;
  /** Wall-clock milliseconds. */
  readonly startedAt: number;
}

/** Numbers that are kept for stories. */
const lineNumber = '+14155550100';

const turnedAwayShare = 0.012;

/** The log of one call, and whether the caller's problem is solved in truth, which only the one who makes it up can know. */
export const tellCall = (plan: CallPlan, random: Random): { readonly teller: Teller; readonly isSolved: boolean } => {
  const teller = new Teller(plan.startedAt, random);
  const { arm, from } = plan;
  teller.tell({ type: 'call-started', from, to: lineNumber, line: arm.line, ivr: { synthetic: 'true' } });
  if (random.chance(turnedAwayShare)) return { teller, isSolved: turnedAway(teller) };
  teller.tell({ type: 'bound', agent: 'support', epoch: teller.nextEpoch(), cause: 'answer' });
  open(teller, plan);
  const talk = converse(teller, plan);
  if (!talk.isAbandoned) close(teller, plan, talk);
  end(teller, talk);
  return { teller, isSolved: talk.isSolved };
};

const turnedAway = (teller: Teller): false => {
  teller.tell({ type: 'call-turned-away', why: 'full', to: 'words' });
  teller.tell({ type: 'call-ended', reason: 'turned-away', resolved: null, owesGoodbye: false });
  return false;
};

/** Until support knows what it is about and has tried what it can. */
const open = (teller: Teller, { topic }: CallPlan): void => {
  const { random } = teller;
  teller.agentSays('support', 'Welcome to Acme support. How can I help you today?');
  teller.callerSays(random.pick(topic.opening));
  teller.tell({ type: 'issue-classified', category: topic.category });
  teller.tell({
    type: 'sentiment-noticed',
    sentiment: random.pick(['calm', 'calm', 'frustrated', 'worried', 'frustrated']),
  });
  teller.agentSays('support', 'Let me look at your account.');
  teller.uses('support', topic.tools.support);
  const accountId = `acct_${random.between(1_000, 9_999)}`;
  teller.tell({ type: 'fact-learned', key: 'accountId', value: accountId, source: 'tool', verified: true });
  for (const [key, value] of accountFacts) teller.tell({ type: 'fact-learned', key, value, source: 'tool', verified: true });
  teller.agentSays('support', `I have ${topic.tried}.`);
  teller.wait(random.between(12_000, 70_000));
};

interface Talk {
  readonly agent: string;
  readonly isSolved: boolean;
  readonly isAbandoned: boolean;
  readonly usedBy: readonly string[];
}

const converse = (teller: Teller, plan: CallPlan): Talk => {
  const { random } = teller;
  const { arm, topic } = plan;
  const alone: Talk = { agent: 'support', isSolved: false, isAbandoned: false, usedBy: ['support'] };
  if (!random.chance(topic.handsOver)) return { ...alone, isSolved: random.chance(topic.solves.support) };
  teller.tell({ type: 'solution-tried', solution: topic.tried, outcome: 'failed' });
  teller.callerSays('That did not help.');
  const handed = handOver(teller, { arm, topic, known: 2 + accountFacts.length + 1 });
  if (handed.outcome === 'abandoned') return { ...alone, isAbandoned: true };
  if (handed.outcome !== 'committed') return { ...alone, isSolved: random.chance(0.5 * topic.solves.support) };
  const agent = topic.specialist;
  teller.uses(agent, topic.tools.specialist);
  if (random.chance(0.3)) teller.uses(agent, topic.tools.specialist);
  teller.wait(random.between(20_000, 110_000));
  const chance = topic.solves.specialist - handed.questions * assumed.lostPerQuestion;
  return { agent, isSolved: random.chance(chance), isAbandoned: false, usedBy: ['support', agent] };
};

/** What the caller, a tool or a person says of it in the end. */
const close = (teller: Teller, { topic }: CallPlan, { agent, isSolved }: Talk): void => {
  const { random } = teller;
  teller.agentSays(agent, isSolved ? 'It should work now. Can you try it, please?' : 'I am afraid that is all I can do.');
  teller.callerSays(isSolved ? 'Great, it works now. Thank you.' : 'No, it still does not work.');
  teller.tell({ type: 'sentiment-noticed', sentiment: isSolved ? random.pick(['relieved', 'calm']) : 'frustrated' });
  if (isSolved) teller.tell({ type: 'solution-tried', solution: `help of ${agent}`, outcome: 'worked' });
  if (random.chance(assumed.verified)) {
    const { name } = agent === 'support' ? topic.tools.support : topic.tools.specialist;
    teller.tell({ type: 'solution-verified', tool: name, toolCallId: teller.name('tool'), agent, solved: isSolved });
  }
  if (!isSolved && random.chance(Math.min(1, 4 * topic.wantsPerson))) toPerson(teller, agent);
};

const toPerson = (teller: Teller, from: string): void => {
  const { random } = teller;
  const transfer = teller.name('transfer');
  teller.tell({
    type: 'transfer-requested',
    transfer,
    from,
    to: 'human',
    way: 'warm',
    reason: 'the caller asks for a person',
    trigger: 'caller-asked',
  });
  teller.wait(random.between(6_000, 25_000));
  if (random.chance(0.25)) {
    teller.tell({ type: 'transfer-failed', transfer, to: 'human', why: random.pick(['no-answer', 'busy', 'voicemail']) });
    return;
  }
  teller.tell({ type: 'transfer-accepted', transfer, to: 'human' });
  const talkMs = random.between(60_000, 420_000);
  teller.wait(talkMs);
  const verdict = random.chance(0.7) ? 'solved' : 'call-back';
  teller.tell({ type: 'transfer-ended', transfer, to: 'human', ending: 'finished', talkMs, notes: null, verdict });
};

/** Tokens by the minute of an agent: about what the demo's call uses. */
const end = (teller: Teller, { isSolved, isAbandoned, usedBy }: Talk): void => {
  const { random } = teller;
  for (const agent of usedBy) {
    const turns = random.between(4, 9);
    const tokens = {
      textIn: 700 * turns,
      textCached: 1_300 * turns,
      audioIn: 60 * turns,
      audioCached: 180 * turns,
      imageIn: 0,
      textOut: 50 * turns,
      audioOut: 110 * turns,
    };
    const transcription = { model: 'gpt-realtime-whisper', seconds: 4 * turns, tokensIn: 0, tokensOut: 0 };
    teller.tell({ type: 'model-used', agent, model: 'gpt-realtime-2.1', tokens, transcription });
  }
  const isHungUp = isAbandoned || random.chance(isSolved ? 0.15 : 0.55);
  teller.wait(random.between(500, 4_000));
  teller.tell({
    type: 'call-ended',
    reason: isHungUp ? 'caller-hung-up' : 'agent-ended',
    resolved: isHungUp ? null : isSolved || random.chance(0.15),
    owesGoodbye: false,
  });
};
