import { type RawData, WebSocket, WebSocketServer } from 'ws';

/** How a plain bridge codes speech; both ways base64 to base64. */
export interface Coding {
  readonly format: object;
  toModel(payload: string): string;
  toPhone(delta: string): string;
}

const parse = (data: RawData) => JSON.parse(data.toString());

/** One call as the usual example has it: JSON.parse of everything, a mark behind each piece, truncation by the caller's timestamps. */
const bridge = (phone: WebSocket, { format, toModel, toPhone }: Coding, modelUrl: string): void => {
  let streamSid = '';
  let latest = 0;
  let item: string | undefined;
  let startedAt: number | undefined;
  const model = new WebSocket(modelUrl, { headers: { authorization: 'Bearer x' }, perMessageDeflate: false });
  const tell = (socket: WebSocket, event: object) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(event));
  };
  model.on('open', () =>
    tell(model, {
      type: 'session.update',
      session: {
        type: 'realtime',
        output_modalities: ['audio'],
        audio: { input: { format, turn_detection: { type: 'server_vad' } }, output: { format, voice: 'marin' } },
      },
    }),
  );
  const interrupted = () => {
    if (item === undefined || startedAt === undefined) return;
    tell(model, { type: 'conversation.item.truncate', item_id: item, content_index: 0, audio_end_ms: latest - startedAt });
    tell(phone, { event: 'clear', streamSid });
    item = undefined;
    startedAt = undefined;
  };
  model.on('message', (data) => {
    const event = parse(data);
    if (event.type === 'response.output_audio.delta') {
      if (event.item_id !== item) startedAt = latest;
      item = event.item_id;
      tell(phone, { event: 'media', streamSid, media: { payload: toPhone(event.delta) } });
      tell(phone, { event: 'mark', streamSid, mark: { name: 'part' } });
    } else if (event.type === 'input_audio_buffer.speech_started') interrupted();
  });
  phone.on('message', (data) => {
    const message = parse(data);
    if (message.event === 'start') streamSid = message.start.streamSid;
    else if (message.event === 'media') {
      latest = Number(message.media.timestamp);
      tell(model, { type: 'input_audio_buffer.append', audio: toModel(message.media.payload) });
    }
  });
  for (const socket of [phone, model]) socket.on('error', () => {});
  phone.on('close', () => model.close());
  model.on('close', () => phone.close());
};

/** Serves at `PORT`, against the model at `MODEL_URL`. */
export const serveBridge = (coding: Coding): void => {
  const { PORT, MODEL_URL = '' } = process.env;
  const server = new WebSocketServer({ port: Number(PORT), perMessageDeflate: false });
  server.on('connection', (phone) => bridge(phone, coding, MODEL_URL));
};
