// The Twilio transport of the OpenAI Agents SDK, as its documentation has it. It passes mu-law through.
import { RealtimeAgent, RealtimeSession } from '@openai/agents/realtime';
import { TwilioRealtimeTransportLayer } from '@openai/agents-extensions';
import { WebSocketServer } from 'ws';

const { PORT, MODEL_URL } = process.env;
const agent = new RealtimeAgent({ name: 'support', instructions: 'Help the caller.' });
const server = new WebSocketServer({ port: Number(PORT), perMessageDeflate: false });
server.on('connection', async (twilioWebSocket) => {
  const transport = new TwilioRealtimeTransportLayer({ twilioWebSocket, url: `${MODEL_URL}/realtime?model=gpt-realtime` });
  const session = new RealtimeSession(agent, { transport, model: 'gpt-realtime', tracingDisabled: true });
  session.on('error', () => {});
  twilioWebSocket.on('error', () => {});
  await session.connect({ apiKey: 'ek_bench' });
});
