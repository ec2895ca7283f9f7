import type { Express, RequestHandler } from 'express';
import helmet from 'helmet';
import { bareExpress } from './app.ts';
import { type AuditDeps, audited, describeAudit, serveAudit } from './audit.ts';
import { serveBoard } from './bull-board.ts';
import { endWithProblem, sendProblem } from './console-answers.ts';
import type { Description } from './describe.ts';
import { describeErasures, type ErasureDeps, serveErasures } from './erasure-api.ts';
import { describeHealth, type HealthDeps, serveHealth } from './health.ts';
import { describeJobs, type JobsDeps, serveJobs } from './jobs-api.ts';
import { describeOpenapi, serveOpenapi } from './openapi.ts';
import { type OwnNames, refuseForeignNames, refuseForeignPages } from './own-names.ts';
import { describePages, missingPage, type PagesDeps, servePages } from './pages/pages.ts';
import { type CallsDeps, describeCalls, serveCalls } from './rest/calls.ts';
import { describeFigures, type FiguresDeps, serveFigures } from './rest/figures.ts';
import { describeHandoffs, type HandoffsDeps, serveHandoffs } from './rest/handoffs.ts';
import { describeRecording, type RecordingDeps, serveRecording } from './rest/recording.ts';
import { describeSuggestions, type SuggestionsDeps, serveSuggestions } from './suggestions-api.ts';
import { describeSwitch, type SwitchDeps, serveSwitch } from './switch-api.ts';
import { describeWebhooks, serveWebhooks, type WebhooksDeps } from './webhooks-api.ts';

/** Where the console's answers come from. A rejection means that the store is away. */
export interface ApiDeps
  extends OwnNames,
    HealthDeps,
    SwitchDeps,
    CallsDeps,
    RecordingDeps,
    HandoffsDeps,
    FiguresDeps,
    JobsDeps,
    SuggestionsDeps,
    ErasureDeps,
    AuditDeps,
    PagesDeps {
  /** Endpoints of webhooks; undefined: there is no page for them. */
  readonly webhooks?: WebhooksDeps['webhooks'];
  /** Bull Board; undefined: there is none. */
  readonly board?: RequestHandler;
}

/** All routes of the console. Whoever adds one adds its description here. */
export const described: readonly Description[] = [
  describeHealth,
  describePages,
  describeCalls,
  describeRecording,
  describeHandoffs,
  describeFigures,
  describeJobs,
  describeSuggestions,
  describeSwitch,
  describeErasures,
  describeAudit,
  describeWebhooks,
  describeOpenapi,
];

/** The console port: what is known about calls as pages and for programs, the kill switch, health and metrics. */
export const consoleApp = (deps: ApiDeps): Express => {
  const app = bareExpress();
  // One spelling of each path: what is told by paths, here or in a proxy, must not depend on how one is spelt.
  app.enable('case sensitive routing').enable('strict routing');
  app.use(helmet());
  serveHealth(app, deps);
  // Health and metrics say nothing of callers; all else is for names that are ours.
  app.use(refuseForeignNames(deps), refuseForeignPages(deps));
  app.use(audited(deps));
  serveSwitch(app, deps);
  serveErasures(app, deps);
  serveAudit(app, deps);
  serveJobs(app, deps);
  const { webhooks, log } = deps;
  if (webhooks !== undefined) serveWebhooks(app, { webhooks, log });
  serveSuggestions(app, deps);
  if (deps.board !== undefined) serveBoard(app, deps.board);
  serveCalls(app, deps);
  serveRecording(app, deps);
  serveHandoffs(app, deps);
  serveFigures(app, deps);
  serveOpenapi(app, described);
  servePages(app, deps);
  app.use((request, response) => {
    if (request.path.startsWith('/api/') || request.accepts(['json', 'html']) === 'json')
      sendProblem(response, 404, `nothing at ${request.path.slice(0, 100)}`);
    else missingPage(response);
  });
  app.use(endWithProblem(deps.log));
  return app;
};
