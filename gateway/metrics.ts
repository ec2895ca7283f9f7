import { createMetrics, type Metrics, type MetricsOptions } from '../infra/metrics.ts';
import { jobNames } from '../store/jobs.ts';
import { deliveryOutcomes } from '../store/webhooks/types.ts';
import { reelTroubles } from './call/recording-port.ts';
import { tokenWords } from './usage-count.ts';

/** Seconds. A caller notices silence from about 0.3 s on and hangs up after several. */
const speechBuckets = [0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10];
const causes = ['answer', 'handoff', 'rotation', 'session-lost', 'resume', 'return'];

/** Seconds. A record takes milliseconds, a text model seconds. */
const jobBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** What the adapters count; `why` is one of their own fixed words. */
const notices = [
  ...['webhook_refused', 'webhook_failed', 'webhook_fallback', 'upgrade_refused', 'stream_refused', 'stream_failed'],
  ...['twilio_message_ignored', 'twilio_message_bad', 'twilio_media_repaired', 'twilio_sequence_jump'],
  ...['twilio_socket_stuck', 'twilio_stream_refused', 'twilio_stream_error'],
  ...['screen_refused', 'screen_failed'],
  ...['intake_field_left_out', 'intake_field_unfit', 'intake_refused', 'intake_failed'],
  ...['model_message_ignored', 'model_message_stale', 'model_error', 'response_wish_dropped'],
];

/** Every metric there is. */
export const declared = {
  throughline_calls_started_total: {
    type: 'counter',
    help: 'Calls taken',
    labels: { cause: ['answer', 'resume', 'return'] },
  },
  throughline_calls_ended_total: {
    type: 'counter',
    help: 'Calls ended, by who or what ended them',
    labels: {
      reason: [
        ...['caller-hung-up', 'agent-ended', 'idle', 'too-long', 'failed', 'shut-down', 'moved'],
        ...['transferred', 'paying'],
      ],
    },
  },
  throughline_calls_active: { type: 'gauge', help: 'Calls served now', labels: {} },
  throughline_calls_refused_total: {
    type: 'counter',
    help: 'Calls not taken',
    labels: { reason: ['full', 'fleet-full', 'caller-limit', 'draining'] },
  },
  throughline_calls_turned_away_total: {
    type: 'counter',
    help: 'Calls that went elsewhere, by why and where to: new ones by plan or as we could not take them, and those given up',
    labels: {
      why: [
        ...['share', 'callers', 'hours', 'kill-switch', 'full', 'fleet-full', 'caller-limit', 'draining', 'fallback'],
        ...['gave-up', 'model-down'],
      ],
      to: ['number', 'queue', 'url', 'sip', 'words'],
    },
  },
  throughline_recordings_total: {
    type: 'counter',
    help: 'Parts of recordings that are over, by how they ended',
    labels: { outcome: ['ended', ...reelTroubles] },
  },
  throughline_kill_switch: { type: 'gauge', help: '1 while all new calls go to people', labels: {} },
  throughline_model_down: { type: 'gauge', help: '1 while the model server is down for this process', labels: {} },
  throughline_binds_total: {
    type: 'counter',
    help: 'Binds, by cause and outcome',
    labels: { cause: causes, outcome: ['committed', 'failed'] },
  },
  throughline_bind_seconds: {
    type: 'histogram',
    help: 'Time from the request of a bind to its commit',
    labels: { cause: causes },
    buckets: speechBuckets,
  },
  throughline_handoff_dead_air_seconds: {
    type: 'histogram',
    help: 'Silence heard at a handoff',
    labels: {},
    buckets: speechBuckets,
  },
  throughline_spare_sessions_total: {
    type: 'counter',
    help: 'Sessions that were opened before they were needed, for a rotation or a handoff that was foreseen',
    labels: { outcome: ['taken', 'unused'] },
  },
  throughline_asked_again_total: {
    type: 'counter',
    help: 'Questions of agents for something that was known',
    labels: {},
  },
  throughline_routed_by_rule_total: {
    type: 'counter',
    help: 'Calls in which an accepted suggestion chose who answers, or had an agent told whom to hand over to',
    labels: { way: ['answered', 'told'] },
  },
  throughline_transfers_total: {
    type: 'counter',
    help: 'Transfers to people, by what came of them',
    labels: {
      outcome: [
        ...['no-answer', 'busy', 'declined', 'voicemail', 'unreachable', 'hung-up', 'closed', 'cancelled', 'caller-gone'],
        ...['left', 'given-back', 'finished', 'caller-hung-up'],
      ],
    },
  },
  throughline_payments_total: {
    type: 'counter',
    help: 'Payments by card, by what came of them',
    labels: {
      outcome: [
        ...['paid', 'declined', 'cancelled', 'too-many-attempts', 'not-set-up', 'not-begun', 'caller-hung-up', 'unknown'],
      ],
    },
  },
  throughline_session_failures_total: {
    type: 'counter',
    help: 'Model sessions that failed',
    labels: { fatal: ['true', 'false'] },
  },
  throughline_model_tokens_total: {
    type: 'counter',
    help: 'Tokens that models used, by what they were; what was cached is counted apart',
    labels: { kind: Object.values(tokenWords) },
  },
  throughline_transcribed_seconds_total: {
    type: 'counter',
    help: "Seconds of callers' speech that were written down by a model that is billed by time",
    labels: {},
  },
  throughline_prompts_total: {
    type: 'counter',
    help: 'Words about silence and time that agents were made to say',
    labels: { prompt: ['still-there', 'idle-goodbye', 'time-warning', 'time-goodbye', 'putting-through', 'to-payment'] },
  },
  throughline_barge_ins_total: { type: 'counter', help: 'Times that a caller cut an agent off', labels: {} },
  throughline_key_groups_total: {
    type: 'counter',
    help: 'Keys that callers entered, in groups, by what ended them',
    labels: { ended: ['pound', 'pause', 'length'] },
  },
  throughline_captures_total: {
    type: 'counter',
    help: 'Digits that tools collected in secret, by what became of them',
    labels: { outcome: ['collected', 'too-few', 'timed-out', 'started-over', 'interrupted', 'under-way'] },
  },
  throughline_notices_total: {
    type: 'counter',
    help: 'What was ignored, refused or went wrong at the edges',
    labels: { peer: ['carrier', 'model', 'person'], what: notices, why: 'words' },
  },
  throughline_jobs_total: {
    type: 'counter',
    help: 'Runs of jobs by this process: done, failed and to be tried again, or dead',
    labels: { name: jobNames, outcome: ['done', 'failed', 'dead'] },
  },
  throughline_jobs_duration_seconds: {
    type: 'histogram',
    help: 'Time that one run of a job took in this process',
    labels: { name: jobNames },
    buckets: jobBuckets,
  },
  throughline_jobs_depth: {
    type: 'gauge',
    help: 'Jobs in the store now, of all processes',
    labels: { name: jobNames, state: ['waiting', 'delayed', 'active', 'dead'] },
  },
  throughline_relay_finds_total: {
    type: 'counter',
    help: 'Calls whose jobs were queued again, as nobody had finished them: their end is in the log, or they were lost',
    labels: { what: ['ended', 'lost'] },
  },
  throughline_fleet_total: {
    type: 'counter',
    help: 'Processes that were taken for dead by this one, and calls of theirs about which it had the carrier ask again',
    labels: { what: ['nodes_reaped', 'calls_redirected'] },
  },
  throughline_spans_total: {
    type: 'counter',
    help: 'Spans of traces, by what became of them; dropped: too many waited for the collector',
    labels: { outcome: ['sent', 'failed', 'dropped'] },
  },
  throughline_webhook_deliveries_total: {
    type: 'counter',
    help: 'Tries of this process to tell a webhook endpoint, by what came of them',
    labels: { outcome: deliveryOutcomes },
  },
  throughline_crash_survival_suspended: {
    type: 'gauge',
    help: '1 while the store does not take calls: they go on from memory, and would not survive this process',
    labels: {},
  },
  throughline_backlog_bytes: { type: 'gauge', help: 'What waits in memory for the store, of all calls', labels: {} },
  throughline_backlog_condensed_total: {
    type: 'counter',
    help: 'Events that were shortened in memory, as too much waited for the store',
    labels: { what: ['results', 'words'] },
  },
  throughline_store_errors_total: {
    type: 'counter',
    help: 'Claims and appends of calls that the store did not take',
    labels: {},
  },
} as const;

export type GatewayMetrics = Metrics<typeof declared>;

export const gatewayMetrics = (options: MetricsOptions = {}): GatewayMetrics => createMetrics(declared, options);
