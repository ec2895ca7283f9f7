import { ms } from '../../infra/brand.ts';
import { thinned } from '../../infra/thinned.ts';
import type { HttpDeps } from './deps.ts';

/** What Twilio, or somebody who is not Twilio, wanted from us. */
type Refused = 'webhook' | 'upgrade' | 'stream' | 'screen';

/** Counts a refusal and says it in the log. `why` is a fixed word; `path` comes from the request, without its query. */
export type TellRefusal = (what: Refused, why: string, path?: string) => void;

const names: Readonly<Record<Refused, string>> = {
  webhook: 'a webhook',
  upgrade: 'the upgrade to a media stream',
  stream: 'a media stream',
  screen: "a request for a person's page",
};

const badToken = 'only TwiML of /twilio/voice and /twilio/after opens streams, each once and within its time';

/** What can be done about it, where that is known. */
const advice: ReadonlyMap<string, string> = new Map([
  [
    'wrong-signature',
    'PUBLIC_URL must be exactly the address that Twilio calls, and TWILIO_AUTH_TOKEN the auth token of the account that calls',
  ],
  ['no-signature', 'it has no X-Twilio-Signature, so it is not from Twilio, or a proxy in between drops that header'],
  ['other-account', 'it is signed, but its AccountSid is not TWILIO_ACCOUNT_SID'],
  ['other account', 'its AccountSid is not TWILIO_ACCOUNT_SID'],
  ['no-form', 'it is no form: webhooks must be HTTP POST or GET as Twilio sends them'],
  ['wrong-path', 'media streams have one path, /twilio/media'],
  ['query', 'Twilio takes no query in the address of a stream, so this is not Twilio'],
  ['draining', 'this node is going, and the balancer has not noticed yet; Twilio asks again and gets to another one'],
  ['browser', 'it comes from a web page, not from Twilio'],
  ['link expired', 'links work for eight hours after a caller was announced'],
  ['link wrong', 'it is mistyped or forged, or was signed with a TWILIO_AUTH_TOKEN that is not set any more'],
  ['foreign page', 'the page of another site sent it, or PUBLIC_URL is not where people open the link'],
  ['token missing', badToken],
  ['token wrong', badToken],
  ['token used', badToken],
  ['token expired', badToken],
]);

/** Longest part of a path that is logged: ours are shorter, others are somebody's text. */
const longestPath = 100;

/** Every refusal is counted; of each kind one line a minute is logged, as strangers decide how many there are. */
export const refusals = ({ clock, count, log }: Pick<HttpDeps, 'clock' | 'count' | 'log'>): TellRefusal => {
  const thin = thinned(clock, ms(60_000));
  return (what, why, path) => {
    count(`${what}_refused`, { why });
    thin(`${what} ${why}`, (notLogged) => {
      const help = advice.get(why);
      log.warn(
        { why, path: path?.slice(0, longestPath), ...(notLogged > 0 ? { notLogged } : {}) },
        `${names[what]} was refused${help === undefined ? '' : `: ${help}`}`,
      );
    });
  };
};
