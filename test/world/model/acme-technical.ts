import type { ClipName } from '../voices/clips.ts';
import { withManners } from './manners.ts';
import { calls, type Scene, type Step, says } from './persona.ts';

/** What the first words name; each must be in the briefing, or the specialist may not claim to know it. */
const known = [/\bPro\b/, /resetApiKey|reset (the )?API key/i, /\b401\b/] as const;

const checkLogs = ({ context }: Scene): Step => {
  const id = context.match(/\bacct_\w+/)?.[0];
  return calls('checkApiLogs', id === undefined ? {} : { accountId: id });
};

const firstWords = (scene: Scene): Step[] => {
  if (/"(agent|who)":"technical"/.test(scene.context)) return [says('technicalBack')];
  if (!known.every((pattern) => pattern.test(scene.context))) return [says('technicalHelp')];
  const sorry: ClipName[] = /frustrat/i.test(scene.context) ? ['technicalFrustrating'] : [];
  return [says('technicalKnows', ...sorry, 'technicalLooks'), checkLogs(scene)];
};

/** The caller heard its first words already, from another session. */
const goesOn = ({ said, context }: Scene): boolean => said.length > 0 || /"(agent|who)":"technical"/.test(context);

const goodbye: readonly Step[] = [
  says('technicalGoodbye'),
  calls('note_attempt', { solution: 'Add the Authorization header', outcome: 'worked' }),
  calls('note_sentiment', { sentiment: 'pleased' }),
  calls('end_call', { resolved: true, reason: 'The missing Authorization header was added' }),
];

const onTurn = (words: string | null, scene: Scene): readonly Step[] => {
  if (words === null) return [says('technicalPardon')];
  if (/fixed|thank/i.test(words)) return goodbye;
  const looked = scene.outputs.some((output) => output.tool === 'checkApiLogs') || scene.context.includes('checkApiLogs');
  return looked ? [says('technicalFound')] : [says('technicalLooks'), checkLogs(scene)];
};

/** Acme's technical specialist: says what it was told, reads the request logs, finds the missing header. */
export const acmeTechnical = withManners({
  name: 'technical',
  recognises: (tools) => tools.has('checkApiLogs'),
  respond: (scene) => {
    const { cue } = scene;
    if (cue.type === 'asked') return firstWords(scene);
    if (cue.type === 'caller-turn') return goesOn(scene) ? onTurn(cue.words, scene) : firstWords(scene);
    if (cue.type === 'out-of-band') return [{ do: 'write', text: 'The Authorization header was missing.' }];
    const logs = cue.outputs.find((output) => output.tool === 'checkApiLogs');
    if (logs === undefined) return [];
    return [says(/authorization\w*"?\s*:\s*"missing"/i.test(logs.output) ? 'technicalFound' : 'technicalNothing')];
  },
});
