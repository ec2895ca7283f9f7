/** Makes the encoder of a stream's `media` messages: exactly the documented fields. */
export const mediaEncoder = (streamSid: string): ((mulaw: Uint8Array) => string) => {
  const head = `{"event":"media","streamSid":${JSON.stringify(streamSid)},"media":{"payload":"`;
  const tail = '"}}';
  return (mulaw) => {
    return head + Buffer.from(mulaw.buffer, mulaw.byteOffset, mulaw.byteLength).toString('base64') + tail;
  };
};

/** A bookmark behind all audio sent so far; Twilio returns it when that was played. */
export const markMessage = (streamSid: string, name: string): string =>
  JSON.stringify({ event: 'mark', streamSid, mark: { name } });

/** Throws away what was not played yet. */
export const clearMessage = (streamSid: string): string => JSON.stringify({ event: 'clear', streamSid });
