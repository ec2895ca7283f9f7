import { z } from 'zod';
import { capture, tool } from '../../../agents/definition.ts';
import { supportLine } from '../../../agents/line.ts';
import type { CallHouse } from '../../../gateway/call/house.ts';
import type { ContextStore } from '../../../store/context-store.ts';
import type { ScriptedSession } from '../../world/scripted-session.ts';
import { answeredCall } from './answered-call.ts';
import { speech } from './call-world.ts';

/** The PIN that the test line takes. */
export const pin = '4711';

/** Support can ask for a PIN, for any number, and send tones; it hands over to technical, who can ask for a PIN as well. */
const keyLine = () => {
  const line = supportLine();
  const checked: string[] = [];
  const looked = Promise.withResolvers<object>();
  const verifyPin = capture({
    description: 'Check the PIN.',
    length: 4,
    check: (digits, { call }) => {
      checked.push(`${call.agent} ${digits}`);
      if (digits === '0000') throw new Error(`PIN ${digits} is blocked`);
      return { verified: digits === pin, note: `not ${digits}` };
    },
    learns: ({ verified }) => ({ pinVerified: verified, pinNote: `it was ${pin}.` }),
  });
  const support = line.agent({
    voice: 'marin',
    instructions: 'Help.',
    tools: {
      verifyPin,
      takeNumber: capture({ description: 'Take a number.', length: { min: 2, max: 9 } }),
      look: tool({ description: 'Looks.', input: z.object({}), effect: 'reads', run: () => looked.promise }),
      dial: tool({
        description: 'Dials.',
        input: z.object({ digits: z.string() }),
        effect: 'writes',
        run: ({ digits }, { call }) => {
          call.sendDigits(digits);
          return { sent: digits.length };
        },
      }),
    },
    handoffs: { technical: 'hard ones' },
  });
  const technical = line.agent({ voice: 'cedar', instructions: 'Help more.', tools: { verifyPin } });
  return { line: line.team({ support, technical }, { start: 'support', name: 'test' }), checked, looked };
};

/** A call of that line, answered. */
export const keyWorld = (sqlite: ContextStore, change: Partial<CallHouse> = {}) => {
  const { line, checked, looked } = keyLine();
  const call = answeredCall(sqlite, { line, ...change });
  const { phone, clock, runner, first } = call;
  /** Presses keys, `everyMs` apart. */
  const press = (keys: string, everyMs = 100) => {
    for (const digit of keys) {
      phone.events.emit({ type: 'digit-pressed', digit });
      clock.advance(everyMs);
    }
  };
  /** A response that says something, and calls a tool. */
  const callsTool = (name: string, args: object = {}, session: ScriptedSession = first) => {
    session.starts(`r-${name}`);
    session.speaks({ response: `r-${name}`, item: `i-${name}` }, speech(100), 'Please enter it.');
    session.callsTool(`c-${name}`, name, args);
    session.ends();
    clock.advance(100);
    phone.returnsMarks();
  };
  const events = () => JSON.stringify([runner.journal.bundle, call.counted, call.errors, call.jobs]);
  return { ...call, line, checked, looked, press, callsTool, events };
};

/** What a session was told beside its briefing. */
export const asides = ({ added, setup }: ScriptedSession): string =>
  JSON.stringify([...setup.history, ...added].map((item) => (item.type === 'tool-call' ? item.output : '')));
/** How an agent is told of keys. */
export const keyed = (digits: string): string => `entered ${digits} on the keypad`;
