import type { TwimlLinks } from '../twilio/twiml.ts';
import { paths } from './deps.ts';

/** The URLs that TwiML names, from `PUBLIC_URL` alone. Plain `ws` only where `PUBLIC_URL` is plain `http`. */
export const linksOf = (publicUrl: URL): TwimlLinks => {
  const base = publicUrl.href.replace(/[?#].*$/, '').replace(/\/$/, '');
  return {
    media: base.replace(/^http/, 'ws') + paths.media,
    after: base + paths.after,
    streamStatus: base + paths.streamStatus,
    transfer: base + paths.transfer,
    payment: base + paths.payment,
  };
};

/** Where the carrier asks on after the stream that `nonce` names: a question that comes twice must not end another one. */
export const afterOf = ({ after }: TwimlLinks, nonce: string): string => `${after}/${nonce}`;
