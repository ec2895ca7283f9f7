import type { LineDefinition } from '../agents/definition.ts';
import type { Clock } from '../infra/clock.ts';
import { plainCategory } from '../store/calls/category.ts';
import type { CallRecord } from '../store/calls/record.ts';
import type { Page, Place } from '../store/paging.ts';
import type { Effect } from '../store/suggestions/effect.ts';
import { type Rule, type RuleStore, suggestionId } from '../store/suggestions/rules.ts';
import { effectOf, type Sources, type Survey, survey } from '../store/suggestions/survey.ts';
import {
  type CallBehind,
  callBehind,
  type DecidedView,
  decidedView,
  evidenceOf,
  iso,
  type SuggestionView,
  viewOf,
} from '../store/suggestions/view.ts';
import { isOnWay, type Way } from '../store/suggestions/way.ts';
import { Kept } from './kept.ts';
import type { RouteRules } from './route-rules.ts';

export interface SuggestionDeskOptions {
  readonly sources: Sources;
  readonly rules: RuleStore;
  /** Learn at once what is decided here. */
  readonly routes: Pick<RouteRules, 'look'>;
  /** The line that is served here. */
  readonly line: LineDefinition;
  readonly clock: Clock;
}

export interface SuggestionList {
  /** What the open ones are based on: `calls` were looked at; `isAll`: these are all. */
  readonly period: { readonly from: string; readonly until: string; readonly calls: number; readonly isAll: boolean };
  readonly open: readonly SuggestionView[];
  readonly accepted: readonly (DecidedView & { readonly effect: Effect })[];
  /** `callsSince`: of its kind; once they are `n`, or 30 days have gone by, it is open again. */
  readonly dismissed: readonly (DecidedView & { readonly callsSince: number })[];
}

/** What came of a wish to decide: done, or why not. */
export type Decision =
  | { readonly kind: 'done'; readonly suggestion: DecidedView | SuggestionView }
  | { readonly kind: 'refused'; readonly status: 404 | 409; readonly why: string };

const refused = (status: 404 | 409, why: string): Decision => ({ kind: 'refused', status, why });
const unknown = refused(404, 'no such suggestion');

/** Suggestions from what calls show, what people decided about them, and what came of it. Measured when somebody asks, at most once in five minutes. */
export class SuggestionDesk {
  readonly #options: SuggestionDeskOptions;
  readonly #survey: Kept<Survey>;
  /** By rule and when it was accepted. */
  readonly #effects = new Map<string, Kept<Effect>>();

  constructor(options: SuggestionDeskOptions) {
    this.#options = options;
    const { sources, clock } = options;
    this.#survey = new Kept(clock, () => survey(sources, clock.wall()));
  }

  async list(): Promise<SuggestionList> {
    const found = await this.#survey.get();
    const rules = await this.#rules(found);
    const { span, looked, isAll, evidence } = found;
    const accepted = rules.filter(({ state }) => state === 'accepted');
    const dismissed = rules.filter((rule) => rule.state === 'dismissed' && !isOpenAgain(rule, found));
    const decided = new Set([...accepted, ...dismissed].map(({ id }) => id));
    return {
      period: { from: iso(span.from), until: iso(span.until), calls: looked, isAll },
      open: found.findings.map((finding) => viewOf(finding, found)).filter(({ id }) => !decided.has(id)),
      accepted: await Promise.all(
        accepted.map(async (rule) => ({ ...decidedView(rule), effect: await this.#effect(rule) })),
      ),
      dismissed: dismissed.map((rule) => ({ ...decidedView(rule), callsSince: evidence.since(rule, Date.parse(rule.at)) })),
    };
  }

  /** The calls behind a suggestion, the newest first; undefined: there is no such suggestion. */
  async calls(
    id: string,
    query: { readonly limit: number; readonly cursor?: Place },
  ): Promise<Page<CallBehind> | undefined> {
    const found = await this.#surveyWith(id);
    const rule = (await this.#rules(found)).find((one) => one.id === id);
    const finding = found.findings.find((one) => suggestionId(one) === id);
    const way = rule ?? finding;
    if (way === undefined) return undefined;
    const { from, until } = rule === undefined ? found.span : spanOf(rule);
    const fits = (record: CallRecord) => isOnWay(record, way);
    const { items, next } = await this.#options.sources.calls.page({ ...query, from, until, fits });
    return { items: items.map((record) => callBehind(record, way)), next };
  }

  /** From now on it is a rule, in every process of the line. */
  accept(id: string, by: string | null): Promise<Decision> {
    return this.#decide(id, { state: 'accepted', by });
  }

  /** It is not shown until as many calls of its kind as it was based on have come since, or 30 days have gone by. */
  dismiss(id: string, by: string | null): Promise<Decision> {
    return this.#decide(id, { state: 'dismissed', by });
  }

  /** Takes back what was decided: it is open again, as long as calls say the same. */
  async withdraw(id: string): Promise<Decision> {
    const found = await this.#surveyWith(id);
    const standing = (await this.#rules(found)).find((rule) => rule.id === id);
    if (standing === undefined)
      return has(found, id) ? refused(409, 'it is open: nothing was decided that could be withdrawn') : unknown;
    const { rules, routes } = this.#options;
    await rules.change(standing.line, (all) => ({ rules: all.filter((rule) => rule.id !== id), answer: undefined }));
    await routes.look();
    return { kind: 'done', suggestion: decidedView(standing) };
  }

  async #decide(id: string, { state, by }: Pick<Rule, 'state' | 'by'>): Promise<Decision> {
    const found = await this.#surveyWith(id);
    const finding = found.findings.find((one) => suggestionId(one) === id);
    const standing = (await this.#rules(found)).find((rule) => rule.id === id);
    if (finding === undefined) return standing === undefined ? unknown : alreadyDecided(standing);
    if (state === 'accepted' && this.#isGone(finding))
      return refused(409, `the line ${finding.line} has no agent ${finding.to} any more`);
    const { rules, routes, clock } = this.#options;
    const { line, category, from, to } = finding;
    const rule: Rule = {
      id,
      line,
      category,
      from,
      to,
      state,
      at: iso(clock.wall()),
      by,
      evidence: evidenceOf(finding, found),
    };
    const decision = await rules.change(line, (all) => {
      const refusal = whyNot(rule, all, found);
      if (refusal !== undefined) return { answer: refusal };
      const suggestion = decidedView(rule);
      return { rules: [...all.filter((other) => other.id !== id), rule], answer: { kind: 'done', suggestion } as const };
    });
    await routes.look();
    return decision;
  }

  #isGone({ line, to }: Way): boolean {
    const served = this.#options.line;
    return line === served.name && !served.agents.has(to);
  }

  /** What was decided, of all lines that calls were about. */
  async #rules({ evidence }: Survey): Promise<readonly Rule[]> {
    const { rules, line } = this.#options;
    const lines = new Set([line.name, ...evidence.lines]);
    return (await Promise.all([...lines].map((one) => rules.of(one)))).flat();
  }

  /** What somebody names may have been found by another process a moment ago. */
  async #surveyWith(id: string): Promise<Survey> {
    const found = await this.#survey.get();
    return has(found, id) ? found : await this.#survey.now();
  }

  #effect(rule: Rule): Promise<Effect> {
    const { sources, clock } = this.#options;
    const key = `${rule.id} ${rule.at}`;
    const kept = this.#effects.get(key) ?? new Kept(clock, () => effectOf(sources, rule, clock.wall()));
    this.#effects.set(key, kept);
    return kept.get();
  }
}

const has = ({ findings }: Survey, id: string): boolean => findings.some((finding) => suggestionId(finding) === id);

/** As much new evidence as it was dismissed on; or all of the evidence is new, where such calls have become rare. */
const isOpenAgain = (rule: Rule, { evidence, span }: Survey): boolean =>
  rule.state === 'dismissed' &&
  (evidence.since(rule, Date.parse(rule.at)) >= rule.evidence.n || Date.parse(rule.at) <= span.from);

const alreadyDecided = ({ state, at }: Rule): Decision => refused(409, `it was ${state} at ${at}; withdraw that first`);

const whyNot = (wanted: Rule, rules: readonly Rule[], found: Survey): Decision | undefined => {
  const standing = rules.find(({ id }) => id === wanted.id);
  if (standing !== undefined && !isOpenAgain(standing, found)) return alreadyDecided(standing);
  const rival = rules.find(
    ({ id, state, from, category }) =>
      id !== wanted.id &&
      state === 'accepted' &&
      from === wanted.from &&
      plainCategory(category) === plainCategory(wanted.category),
  );
  if (rival === undefined || wanted.state === 'dismissed') return undefined;
  return refused(409, `these calls go to ${rival.to} by suggestion ${rival.id}; withdraw that first`);
};

const spanOf = ({ evidence: { from, until } }: Rule) => ({ from: Date.parse(from), until: Date.parse(until) });
