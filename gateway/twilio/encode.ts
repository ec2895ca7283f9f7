/** Makes the encoder of a stream's `media` messages: exactly the documented fields, written straight into a buffer. */
export const mediaEncoder = (streamSid: string): ((mulaw: Uint8Array) => Buffer) => {
  const head = Buffer.from(`{"event":"media","streamSid":${JSON.stringify(streamSid)},"media":{"payload":"`);
  const tail = '"}}';
  return (mulaw) => {
    const payload = Buffer.from(mulaw.buffer, mulaw.byteOffset, mulaw.byteLength).toString('base64');
    const message = Buffer.allocUnsafe(head.length + payload.length + tail.length);
    head.copy(message);
    message.write(payload, head.length, 'latin1');
    message.write(tail, head.length + payload.length, 'latin1');
    return message;
  };
};

/** A bookmark behind all audio sent so far; Twilio returns it when that was played. */
export const markMessage = (streamSid: string, name: string): string =>
  JSON.stringify({ event: 'mark', streamSid, mark: { name } });

/** Throws away what was not played yet. */
export const clearMessage = (streamSid: string): string => JSON.stringify({ event: 'clear', streamSid });
