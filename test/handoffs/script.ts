import { Dice } from '../sim/dice.ts';

/** Something planted in a call that the next agent should know. `kind` says how it became known. */
export interface Planted {
  readonly kind: 'fact' | 'attempt' | 'tool result' | 'said in passing';
  /** Unique in the call; known is who has seen it. */
  readonly token: string;
}

/** What a model does when it answers. */
export interface Action {
  readonly says: string;
  readonly tools: readonly { readonly name: string; readonly arguments: object }[];
  /** Its words are this long. */
  readonly ms: number;
}

/** One exchange: the caller speaks, an agent answers. */
export interface Exchange {
  readonly pauseMs: number;
  readonly speechMs: number;
  readonly words: string;
  readonly answer: Action;
  readonly plants: readonly Planted[];
  /** The caller also speaks into the handoff. */
  readonly interrupts: boolean;
}

export interface CallScript {
  readonly minutes: number;
  readonly exchanges: readonly Exchange[];
}

export const agents = ['support', 'technical', 'billing'] as const;

const chatter = [
  'I have been trying this since the morning and nothing changes',
  'let me see, I have it open in front of me',
  'my colleague had something like that last year, I think',
  'yes, that is what it says on the screen',
  'I am not sure, could you explain that again',
];

/** Small words make long calls: about 14 letters a second. */
const msOf = (text: string): number => Math.ceil((text.length * 70) / 20) * 20;

/** A call of 1 to 60 minutes, from a seed. */
export const scriptOf = (seed: number): CallScript => {
  const dice = new Dice(seed);
  const minutes = 1 + dice.below(60);
  const exchanges: Exchange[] = [];
  let tokens = 0;
  const token = () => {
    tokens += 1;
    return `X${seed}N${tokens}`;
  };
  for (let ms = 0; ms < minutes * 60_000; ) {
    const exchange = anExchange(dice, token);
    exchanges.push(exchange);
    ms += exchange.pauseMs + exchange.speechMs + exchange.answer.ms + 2_000;
  }
  return { minutes, exchanges };
};

const anExchange = (dice: Dice, token: () => string): Exchange => {
  const kind = dice.weighed({ chat: 6, fact: 2, attempt: 1.5, look: 2, reset: 0.7, handoff: 0.9, aside: 1.2 });
  const base = dice.pick(chatter) ?? '';
  const pauseMs = 400 + 20 * dice.below(100);
  const make = (words: string, answer: Omit<Action, 'ms'>, plants: readonly Planted[] = []): Exchange => ({
    pauseMs,
    speechMs: msOf(words),
    words,
    answer: { ...answer, ms: msOf(answer.says) },
    plants,
    interrupts: kind === 'handoff' && dice.chance(0.4),
  });
  switch (kind) {
    case 'fact': {
      const value = token();
      const tools = [{ name: 'remember', arguments: { key: `field${value}`, value } }];
      return make(`${base}, the number is ${value}`, { says: 'Thank you, I have noted that.', tools }, [
        { kind: 'fact', token: value },
      ]);
    }
    case 'attempt': {
      const value = token();
      const tools = [{ name: 'note_attempt', arguments: { solution: `Try step ${value}`, outcome: 'failed' } }];
      return make(base, { says: 'I see, so that did not help either.', tools }, [{ kind: 'attempt', token: value }]);
    }
    case 'look': {
      const value = token();
      return make(base, { says: 'One moment, I look that up.', tools: [{ name: 'look', arguments: { token: value } }] }, [
        { kind: 'tool result', token: value },
      ]);
    }
    case 'reset':
      return make(base, {
        says: 'I will reset that for you.',
        tools: [{ name: 'reset', arguments: { key: dice.pick(['a', 'b', 'c']) } }],
      });
    case 'handoff': {
      const to = dice.pick(agents) ?? 'technical';
      const says = dice.chance(0.7) ? `One moment, I am bringing in ${to}.` : '';
      const tools = [{ name: `transfer_to_${to}`, arguments: { reason: `${base}`, caller_asked: true } }];
      return make(base, { says, tools });
    }
    case 'aside': {
      const value = token();
      return make(`${base}, by the way the sticker says ${value}`, { says: 'I understand.', tools: [] }, [
        { kind: 'said in passing', token: value },
      ]);
    }
    case 'chat':
      return make(base, { says: 'All right, let us go on step by step.', tools: [] });
  }
};
