import type { ScenarioName } from './arguments.ts';
import type { Scenario } from './scenario.ts';
import { article } from './scenarios/article.ts';
import { fromIvr } from './scenarios/ivr.ts';
import { toPerson } from './scenarios/person.ts';

/** All that the demo can show, by name. */
export const scenarios: Readonly<Record<ScenarioName, Scenario>> = { article, ivr: fromIvr, person: toPerson };
