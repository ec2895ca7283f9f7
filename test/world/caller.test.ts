import { describe, expect, it } from 'vitest';
import { Caller, hangsUp, interrupts, presses, says, waits } from './caller.ts';
import { tone } from './carrier/mulaw.ts';
import { connect, Scene, xml } from './carrier/scene.ts';

const begin = async () => {
  const scene = new Scene({ '/voice': xml(connect()) });
  const call = await scene.call();
  const agentSays = (durationMs: number) =>
    scene.gateways[0]?.say({ event: 'media', media: { payload: Buffer.from(tone(durationMs)).toString('base64') } });
  const callerFacts = () =>
    call.record.facts
      .filter(({ type }) => type.startsWith('caller-'))
      .map(({ type, at }) => `${type} ${Math.round(at / 20) * 20}`);
  return { scene, call, agentSays, callerFacts };
};

describe('the caller', () => {
  it('waits until the agent has finished, says the next thing, and hangs up', async () => {
    const { scene, call, agentSays, callerFacts } = await begin();
    const outcome = new Caller({ call, script: [says(tone(500)), waits(100), presses('12'), hangsUp()] }).run();
    agentSays(1_000);
    await scene.clock.run(1_880);
    expect(callerFacts()).toEqual([]);
    await scene.clock.run(700);
    expect(callerFacts()).toEqual(['caller-started 1920']);
    await scene.clock.run(1_000);
    expect(callerFacts()).toEqual(['caller-started 1920', 'caller-stopped 2440']);
    expect(scene.gateways[0]?.of('dtmf')).toHaveLength(2);
    expect(call.over).toBe(false);
    agentSays(200);
    await scene.clock.run(1_300);
    expect([await outcome, call.status]).toEqual(['finished', 'completed']);
  });

  it('is not misled by a short word when the script expects a longer one', async () => {
    const { scene, call, agentSays, callerFacts } = await begin();
    const cue = { after: 'agent-finished', quietMs: 500, atLeastMs: 800 } as const;
    void new Caller({ call, script: [says(tone(300), cue)] }).run();
    agentSays(300);
    await scene.clock.run(2_000);
    expect(callerFacts()).toEqual([]);
    agentSays(600);
    await scene.clock.run(1_300);
    expect(callerFacts()).toHaveLength(1);
  });

  it('talks over the agent', async () => {
    const { scene, call, agentSays, callerFacts } = await begin();
    void new Caller({ call, script: [interrupts(tone(300), { afterMs: 400 })] }).run();
    agentSays(3_000);
    await scene.clock.run(800);
    expect(callerFacts()).toEqual(['caller-started 400']);
  });

  it('loses patience', async () => {
    const { scene, call } = await begin();
    const outcome = new Caller({ call, script: [says(tone(300))], patienceMs: 2_000 }).run();
    await scene.clock.run(2_100);
    expect([await outcome, call.status]).toEqual(['gave-up', 'completed']);
  });

  it('notices that the call has ended', async () => {
    const { scene, call } = await begin();
    const outcome = new Caller({ call, script: [waits(10_000), says(tone(300))] }).run();
    await scene.clock.run(100);
    scene.gateways[0]?.socket.close(1000, '');
    await scene.clock.run(100);
    expect(await outcome).toBe('call-ended');
    expect(scene.clock.pending).toBe(0);
  });
});
