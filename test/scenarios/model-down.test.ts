import { expect, it } from 'vitest';
import { ms } from '../../infra/brand.ts';
import { callerNumber } from '../world/article.ts';
import { Caller, hangsUp } from '../world/caller.ts';
import type { PhoneCall } from '../world/carrier/phone-call.ts';
import { dialledNumber, raiseStage, type Stage } from '../world/stage.ts';
import { articleScript } from './play.ts';

const at = ({ record }: PhoneCall, verb: string): number =>
  record.facts.find((fact) => fact.type === 'twiml' && fact.verbs.includes(verb))?.at ?? Number.NaN;

const calls = async (stage: Stage, script = [hangsUp({ after: 'agent-finished', quietMs: 2_000 })]): Promise<PhoneCall> => {
  const call = stage.carrier.call({ from: callerNumber, to: dialledNumber });
  await stage.play(Promise.all([new Caller({ call, script }).run(), call.ended]));
  return call;
};

const passes = (stage: Stage, span: number) =>
  stage.play(new Promise<void>((resolve) => stage.clock.after(ms(span), resolve)));

it('B5, B13: a model server that is down for many minutes costs one call seconds, and all others go to people at once', async () => {
  const stage = await raiseStage({
    mode: 'fast',
    store: 'sqlite::memory:',
    settings: { THROUGHLINE_FALLBACK_NUMBER: '+14155550199' },
  });
  try {
    stage.model.isDown = true;
    // Nobody knows yet: these two find out.
    expect(at(await calls(stage), 'Dial')).toBeLessThanOrEqual(6_000);
    await passes(stage, 4_000);
    await calls(stage);
    for (let call = 0; call < 8; call += 1) {
      const before = stage.model.refused.length;
      const one = await calls(stage);
      expect(at(one, 'Dial')).toBeLessThanOrEqual(1_000);
      expect(one.record.facts.some(({ type }) => type === 'stream-opened')).toBe(false);
      await passes(stage, 45_000);
      // One look in some seconds, whoever calls.
      expect(stage.model.refused.length - before).toBeLessThanOrEqual(12);
    }
    stage.model.isDown = false;
    await passes(stage, 12_000);
    const after = await calls(stage, [...articleScript]);
    expect(after.record.facts.some(({ type }) => type === 'stream-opened')).toBe(true);
    expect(stage.model.records.at(-1)?.persona).toBe('technical');
    expect(stage.model.records.flatMap(({ violations }) => violations)).toEqual([]);
    expect(await stage.gateway.calls.live).toEqual([]);
  } finally {
    await stage.close();
  }
}, 60_000);
