import { expect, it } from 'vitest';
import { demoAccount } from '../world/back-office.ts';
import { eventsOf, play } from './play.ts';

it('a tool that sees the caller’s last request succeed says so in the log', async () => {
  const { events } = await play({
    direct: ({ backOffice }) => {
      const requests = backOffice.state.requests.get(demoAccount.id) ?? [];
      const [failed] = requests;
      if (failed !== undefined) requests.unshift({ ...failed, status: 200, note: 'worked' });
    },
  });
  const [check] = eventsOf(events, 'tool-called').filter(({ tool }) => tool === 'checkApiLogs');
  expect(eventsOf(events, 'solution-verified')).toMatchObject([
    { tool: 'checkApiLogs', toolCallId: check?.toolCallId, agent: 'technical', solved: true },
  ]);
});

it('a tool that sees only the failure that the caller calls about says nothing of a solution', async () => {
  const { events } = await play();
  expect(eventsOf(events, 'tool-called').map(({ tool }) => tool)).toContain('checkApiLogs');
  expect(eventsOf(events, 'solution-verified')).toEqual([]);
});
