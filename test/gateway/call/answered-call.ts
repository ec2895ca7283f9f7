import type { CallHouse } from '../../../gateway/call/house.ts';
import { CallRunner } from '../../../gateway/call/runner.ts';
import type { ContextStore } from '../../../store/context-store.ts';
import { ScriptedPhone } from '../../world/scripted-phone.ts';
import { houseOver, newCall, speech } from './call-world.ts';

/** A call that was answered: the first agent has greeted, and the caller heard it. */
export const answeredCall = (sqlite: ContextStore, change: Partial<CallHouse> = {}) => {
  const world = houseOver(sqlite);
  const facts = newCall();
  const phone = new ScriptedPhone(facts.callId);
  const runner = new CallRunner({ ...world.house, ...change }, phone, facts);
  runner.answer();
  const first = world.session(1);
  /** The caller speaks for 200 ms; `session` notices, and takes it as a turn. */
  const callerSpeaks = (turn: string, session = first) => {
    const from = session.heardMs();
    phone.brings(speech(200, 5));
    session.hearsSpeech(turn, from);
    session.commits(turn);
    session.transcribes(turn, `words of ${turn}`);
  };
  const greeted = () => {
    first.readies();
    first.answers('hello', speech(400));
    world.clock.advance(400);
    phone.returnsMarks();
  };
  /** The first agent asks for the specialist; its response, with bridging words, may go on. */
  const asksForHandoff = (goesOn = false) => {
    for (const turn of ['t1', 't2']) callerSpeaks(turn);
    first.starts('bridge');
    first.speaks({ response: 'bridge', item: 'bridge' }, speech(1_000, 1));
    first.callsTool('t', 'transfer_to_technical', { reason: 'still a 401' });
    if (!goesOn) first.ends();
    return world.session(2);
  };
  const handoffs = () => runner.journal.bundle.handoffs.map(({ to, outcome }) => `${to} ${outcome}`);
  return { ...world, phone, runner, first, callerSpeaks, greeted, asksForHandoff, handoffs };
};
