import { describe, expect, it } from 'vitest';
import { ModelHealth } from '../../../agents/openai/model-health.ts';
import { FakeClock } from '../../world/clock.ts';

const world = () => {
  const clock = new FakeClock();
  const changes: boolean[] = [];
  const probes: number[] = [];
  const health = new ModelHealth({
    clock,
    random: () => 0.5,
    probe: () => probes.push(clock.now()),
    onChange: (isDown) => changes.push(isDown),
  });
  const fails = (times: number, everyMs: number) => {
    for (let time = 0; time < times; time += 1) {
      clock.advance(everyMs);
      health.failed();
    }
  };
  return { clock, changes, probes, health, fails };
};

describe('the model server is down', () => {
  it('when sessions fail in a row over some seconds, and not for a blip that hits a hundred calls', () => {
    const { health, fails, changes } = world();
    fails(500, 10);
    expect(health.isDown).toBe(false);
    fails(1, 4_000);
    expect([health.isDown, changes]).toEqual([true, [true]]);
  });

  it.each([
    ['one session came up in between', (at: ReturnType<typeof world>) => at.health.ready()],
    ['the failures are minutes apart', (at: ReturnType<typeof world>) => at.clock.advance(61_000)],
  ])('not when %s', (_, between) => {
    const at = world();
    at.fails(4, 3_000);
    between(at);
    at.fails(4, 1_000);
    expect(at.health.isDown).toBe(false);
  });

  it('is looked at after growing waits until it is back, and never after the end', () => {
    const { health, fails, changes, probes, clock } = world();
    fails(5, 3_000);
    const since = clock.now();
    clock.advance(31_000);
    expect(probes.map((at) => at - since)).toEqual([1_000, 3_000, 7_000, 15_000, 23_000, 31_000]);
    // What fails meanwhile says nothing new.
    health.failed();
    health.ready();
    expect([health.isDown, changes, clock.pending]).toEqual([false, [true, false], 0]);
    fails(5, 3_000);
    health.stop();
    expect(clock.pending).toBe(0);
  });

  it('nobody connects to it', async () => {
    const { health, fails } = world();
    let connects = 0;
    const connect = health.guard(async () => {
      connects += 1;
      throw new Error('tried');
    });
    await expect(connect(new AbortController().signal)).rejects.toThrow('tried');
    fails(5, 3_000);
    await expect(connect(new AbortController().signal)).rejects.toMatchObject({ code: 'model_down' });
    expect(connects).toBe(1);
  });
});
