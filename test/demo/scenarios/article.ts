import { linesOf, scriptOf } from '../caller-lines.ts';
import { reportOfArticle } from '../measure-article.ts';
import type { Play } from '../play.ts';
import type { Scenario } from '../scenario.ts';

const play: Scenario['play'] = ({ callerFile, realKey }): Play => {
  const lines = linesOf(callerFile);
  const isReal = realKey !== undefined;
  return { lines, script: scriptOf(lines, isReal ? 'real' : 'simulated'), limitMs: isReal ? 300_000 : 68_000 };
};

/** Support can't solve it, and hands over to a specialist who already knows. */
export const article: Scenario = {
  title: "A call on Acme's support line",
  length: 'about a minute',
  lanes: ['caller', 'support', 'technical'],
  heard: 'the agents',
  play,
  report: reportOfArticle,
};
