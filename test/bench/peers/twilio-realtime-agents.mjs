// The npm package of this name, as its documentation has it. It passes mu-law through.
import { Agent, TwilioRealtimeBridge } from 'twilio-realtime-agents';
import { openaiRealtime } from 'twilio-realtime-agents/openai';
import { WebSocketServer } from 'ws';

const { PORT, MODEL_URL } = process.env;
const bridge = new TwilioRealtimeBridge({
  agent: new Agent({ name: 'support', instructions: 'Help the caller.', voice: 'marin' }),
  provider: openaiRealtime({ baseUrl: `${MODEL_URL}/realtime`, apiKey: 'sk-bench' }),
});
const server = new WebSocketServer({ port: Number(PORT), perMessageDeflate: false });
server.on('connection', (socket) => {
  socket.on('error', () => {});
  void bridge.handleConnection(socket);
});
