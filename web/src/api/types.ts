// Written by `nox -s docs -- --write` from the server's own OpenAPI document. Do not change it by hand.

/** Any JSON, where the server says no more. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** The answer to one event. */
export interface Accepted {
  /** The event is in the buffer; with `ingest.ack = "durable"` it is on disk. */
  status: "accepted";
}

/** Something that happened to an error. */
export interface ActivityEntry {
  /** Number of the entry; rises with time. */
  id: number;
  /** Id of the project. */
  project_id: string;
  /** Address of the error. */
  fingerprint: string;
  /** `status`, `comment`, `assigned`, `merged` or `unmerged`. */
  kind: string;
  /** A user's id, or `token:` and a token's id; null for the server itself. */
  actor: string | null;
  /** The name of that user or token; null if there is no such user or token any more. */
  actor_name: string | null;
  /** When it happened, in epoch milliseconds. */
  at: number;
  /** When a comment was last edited, in epoch milliseconds. */
  edited_at: number | null;
  /** Of a change of status: `old_status`, `new_status` and `reason`, `in_release` where an event of that release brought the error back, `fix` (`release`, `is_next`) where it was resolved in a release, and `snooze` (`until`, `more_events`, `more_users`, `after_release`) where it was muted until something happens; of a comment: `text`, which is Markdown; of an assignment: `user_id` and `username`, both null where nobody is assigned any more; of a merge: `fingerprints`; of taking apart: `fingerprints`, or `from` where the error itself has left another one. */
  content: Record<string, Json>;
}

/** A place that alerts of a rule go to. */
export interface AlertChannel {
  /** By which it is changed; never given to another channel. */
  id: number;
  /** The rule that it belongs to. */
  rule_id: number;
  /** What kind of place it is, as in `config`. */
  channel_type: string;
  /** Where it is. What may be a secret is replaced by asterisks. */
  config: Record<string, Json>;
  /** When it was added, in epoch seconds. */
  created_at: number;
  /** Why its config cannot be read, so that nothing is sent there; null if nothing is wrong. */
  problem: string | null;
}

/** A channel as it shall be. */
export interface AlertChannelInput {
  /** Its `type`, and the fields that such a channel has. A value that is masked as in an answer leaves what is stored. */
  config: Record<string, Json>;
}

/** A rule or a channel is gone. */
export interface AlertDeleted {
  /** Its id. */
  deleted: number;
}

/** An alert on its way to a channel, or what became of it. */
export interface AlertDelivery {
  /** Rises with each delivery. */
  id: number;
  /** The alert, as the log of alerts has it. */
  alert_id: number;
  /** The rule that fired, which may be gone. */
  rule_id: number;
  /** What it was called then. */
  rule_name: string;
  /** Id of the project that it is about. */
  project_id: string;
  /** What was found, such as `new_issue`. */
  kind: string;
  /** The error that it is about; null if it is about more than one. */
  fingerprint: string | null;
  /** The channel, which may be gone; null for what the server's environment names. */
  channel_id: number | null;
  /** What kind of place it is. */
  channel_type: string;
  /** How far it is. */
  state: DeliveryState;
  /** How often it was tried. */
  attempts: number;
  /** When the rule fired, in epoch milliseconds. */
  fired_at: number;
  /** When it is tried next, in epoch milliseconds; null if it is over. */
  next_at: number | null;
  /** When it was over, in epoch milliseconds; null while it is on its way. */
  finished_at: number | null;
  /** The HTTP status of the last answer; null if there was none. */
  status: number | null;
  /** What was wrong with the last attempt; null if nothing was. */
  error: string | null;
  /** How many alerts went out together in its message; null if it went out alone. */
  digest_size: number | null;
}

/** A rule that watches errors. */
export interface AlertRule {
  /** By which it is changed; never given to another rule. */
  id: number;
  /** What people call it; alerts begin with it. */
  name: string;
  /** What it watches for, as in `config`. */
  rule_type: string;
  /** What it watches for, with the figures that this kind of rule needs. */
  config: Record<string, Json>;
  /** Whether it is judged at all. */
  enabled: boolean;
  /** Id of the project whose errors it watches; null for all projects. */
  project_id: string | null;
  /** Whatever people want to say about it. */
  description: string | null;
  /** Only events of this environment count; null for any. */
  environment_filter: string | null;
  /** Only events of this source count; null for any. */
  source_filter: string | null;
  /** Only events of this release count; null for any. */
  release_filter: string | null;
  /** Only events of this route or procedure count; null for any. */
  route_filter: string | null;
  /** Only events with this HTTP status count, or with one of this class; null for all. */
  http_status_filter: string | null;
  /** When it was created, in epoch seconds. */
  created_at: number;
  /** When it was last changed, in epoch seconds. */
  updated_at: number;
  /** Why its config cannot be read, so that it is not judged; null if nothing is wrong. */
  problem: string | null;
}

/** What shall be different about a rule: what is left out stays, and null takes away what was there. */
export interface AlertRuleChange {
  /** What the rule watches for, where there is no `config`, whose fields then stand beside it. */
  rule_type?: string;
  /** Of a `config` that is not nested. */
  environment?: string | null;
  /** Of a `config` that is not nested. */
  regressions?: boolean;
  /** Of a `config` that is not nested. */
  fingerprint?: string | null;
  /** Of a `config` that is not nested. */
  route?: string | null;
  /** Of a `config` that is not nested. */
  threshold?: number;
  /** Of a `config` that is not nested. */
  window_secs?: number;
  /** Of a `config` that is not nested. */
  multiplier?: number;
  /** Of a `config` that is not nested. */
  baseline_window_secs?: number;
  /** Of a `config` that is not nested. */
  compare_window_secs?: number;
  /** Of a `config` that is not nested. */
  min_count?: number;
  /** Of a `config` that is not nested. */
  direction?: string;
  /** Of a `config` that is not nested. */
  percent?: number;
  /** Of a `config` that is not nested. */
  min_change?: number;
  /** What people shall call it, in 1 to 200 characters. */
  name?: string;
  /** What it shall watch for; takes the place of the whole config that was there. */
  config?: Record<string, Json>;
  /** Whether it shall be judged. One that is turned off also sends nothing of what it had still to send. */
  enabled?: boolean;
  /** Whatever is to be said about it, in up to 2000 characters. */
  description?: string | null;
  /** Only events of this environment shall count. */
  environment_filter?: string | null;
  /** Only events of this source shall count. */
  source_filter?: string | null;
  /** Only events of this release shall count. */
  release_filter?: string | null;
  /** Only events of this route or procedure shall count. */
  route_filter?: string | null;
  /** Only events with this HTTP status, or of this class of them, shall count. */
  http_status_filter?: string | null;
}

/** A rule that shall be. */
export interface AlertRuleInput {
  /** What people call it, in 1 to 200 characters; white space around them is cut off. */
  name: string;
  /** What the rule watches for, where there is no `config`, whose fields then stand beside it. */
  rule_type?: string;
  /** Of a `config` that is not nested. */
  environment?: string | null;
  /** Of a `config` that is not nested. */
  regressions?: boolean;
  /** Of a `config` that is not nested. */
  fingerprint?: string | null;
  /** Of a `config` that is not nested. */
  route?: string | null;
  /** Of a `config` that is not nested. */
  threshold?: number;
  /** Of a `config` that is not nested. */
  window_secs?: number;
  /** Of a `config` that is not nested. */
  multiplier?: number;
  /** Of a `config` that is not nested. */
  baseline_window_secs?: number;
  /** Of a `config` that is not nested. */
  compare_window_secs?: number;
  /** Of a `config` that is not nested. */
  min_count?: number;
  /** Of a `config` that is not nested. */
  direction?: string;
  /** Of a `config` that is not nested. */
  percent?: number;
  /** Of a `config` that is not nested. */
  min_change?: number;
  /** What it watches for; or its fields stand beside `rule_type`. */
  config?: Record<string, Json>;
  /** Id or slug of the project whose errors it watches. Null means all projects, or the one of the token. */
  project_id?: string | null;
  /** Whether it is judged. */
  enabled?: boolean;
  /** Whatever is to be said about it, in up to 2000 characters. */
  description?: string | null;
  /** Only events of this environment count. */
  environment_filter?: string | null;
  /** Only events of this source count. */
  source_filter?: string | null;
  /** Only events of this release count. */
  release_filter?: string | null;
  /** Only events of this route or procedure count. */
  route_filter?: string | null;
  /** Only events with this HTTP status count, such as `503`, or `5xx` for all of a class; of the types `new_issue` and `regression` alone. */
  http_status_filter?: string | null;
}

/** What has become of a test. */
export interface AlertTest {
  /** Whether every place has taken it; false also if there is none. */
  sent: boolean;
  /** Place by place. */
  results: AlertTestResult[];
}

/** What has become of a test in one place. */
export interface AlertTestResult {
  /** The channel; null for what the server's environment names. */
  channel_id: number | null;
  /** What kind of place it is. */
  channel_type: string;
  /** Whether the place has taken it. */
  ok: boolean;
  /** The HTTP status that it has answered; null if there was none. */
  status: number | null;
  /** What was wrong; null if nothing was. */
  error: string | null;
}

/** Somebody whom errors can be assigned to. */
export interface Assignee {
  /** Id of the user. */
  user_id: string;
  /** Name of the user. */
  username: string;
}

/** Whom an error is assigned to. */
export interface AssigneeAnswer {
  /** The error's first fingerprint, also when it was asked for by another one. */
  fingerprint: string;
  /** Whom it is assigned to; null: nobody. */
  assignee: Assignee | null;
}

/** Whom an error is to be assigned to, by one of the two. */
export interface AssigneeChoice {
  /** Id of a user; null: nobody. */
  user_id?: string | null;
  /** Name of a user; null: nobody. */
  username?: string | null;
}

/** An error that is assigned to somebody else than before. */
export interface AssignmentChange {
  /** The error's first fingerprint. */
  fingerprint: string;
  /** Whom it was assigned to; null: nobody. */
  before: Assignee | null;
}

/** What assigning many errors did. */
export interface AssignmentsAnswer {
  /** Whom they are assigned to; null: nobody. */
  assignee: Assignee | null;
  /** Errors that were meant. */
  matched: number;
  /** Those of them that were assigned to somebody else. */
  changed: AssignmentChange[];
  /** Fingerprints that the project does not have, in the order of the list. */
  unknown: string[];
}

/** Errors, and whom they are to be assigned to, by one of the two. */
export interface AssignmentsInput {
  /** The errors; repeated ones count once. */
  fingerprints: string[];
  /** Id of a user; null: nobody. */
  user_id?: string | null;
  /** Name of a user; null: nobody. */
  username?: string | null;
}

/** Something that somebody did. */
export interface AuditEntry {
  /** Rises with each entry. */
  id: number;
  /** When, in epoch milliseconds. */
  at: number;
  /** Id of a user, or `token:` and the id of a token; null for the server itself and for commands. */
  actor: string | null;
  /** The name that it had then; `server` for the server itself, `shell` for commands. */
  actor_name: string;
  /** Where the request came from; null for the server itself and for commands. */
  address: string | null;
  /** What was done, such as `project.created`. */
  action: string;
  /** Id of what it was done to. */
  target: string | null;
  /** The name that it had then. */
  target_name: string | null;
  /** Id of the project that it has to do with, which may be gone. */
  project_id: string | null;
  /** What else is worth knowing; what stands in here depends on the action. */
  details: Record<string, Json>;
}

/** How far the server is set up. */
export interface AuthStatus {
  /** Whether anybody has registered; if not, whoever comes first becomes administrator. */
  setup_complete: boolean;
  /** Whether the first registration demands `auth.setup_token`. */
  setup_token_required: boolean;
}

/** Several events. */
export interface Batch {
  /** Events, each judged by itself: one that is none has its entry in `errors`. */
  events: (Event | Json)[];
}

/** What a browser's authenticator says. */
export interface CeremonyFinish {
  /** As the start of the ceremony has answered it. */
  challenge_id: string;
  /** The `PublicKeyCredential`, as its `toJSON` writes it. */
  credential: Record<string, Json>;
}

/** A ceremony that has begun; the answer's cookie belongs to it. */
export interface CeremonyStart {
  /** To be sent back with the credential, within two minutes, once, and by this browser. */
  challenge_id: string;
  /** For `PublicKeyCredential.parseCreationOptionsFromJSON`, or `parseRequestOptionsFromJSON` to sign in. */
  publicKey: Record<string, Json>;
}

/** One thing that was looked at. */
export interface Check {
  /** `server`, `database`, `flushing`, `buffer`, `disk`, `budget` or `insights`. */
  name: string;
  /** `ok`; `warning` if somebody should look at it; `failing` if events are lost or will be. */
  state: State;
  /** How it stands, in one sentence. */
  message: string;
}

/** A comment that was written, edited or removed. */
export interface CommentAnswer {
  /** The error's first fingerprint. */
  fingerprint: string;
  /** Of the comment, as in what has happened to the error. */
  id: number;
}

/** What a comment says. */
export interface CommentText {
  /** Markdown, at most 8 KiB; white space around it is cut off. */
  text: string;
}

/** Errors that tend to come together. */
export interface Correlations {
  /** Each pair once, the highest `correlation` first. */
  pairs: ErrorPair[];
  /** Length of the window. */
  window_hours: number;
  /** Errors that were compared with each other. */
  compared: number;
  /** Errors with events in at least 6 complete hours; more than `compared` where there are more than `max_compared`. */
  eligible: number;
  /** Errors that are compared at most: those with the most events. */
  max_compared: number;
  /** The now that the window ends with, in epoch milliseconds. */
  computed_at: number;
}

/** How far a delivery is. */
export type DeliveryState = "pending" | "sent" | "failed" | "cancelled";

/** What was asked for is done. */
export interface Done {
  /** Always `ok`. */
  status: string;
}

/** What a rule would have fired in the last days. */
export interface DryRun {
  /** The newest alerts, the newest first; at most 200. */
  fired: DryRunAlert[];
  /** How many alerts there would have been. */
  total: number;
  /** From when on there was anything to judge by, in epoch milliseconds. */
  oldest_at: number;
  /** Whether the rule would have fired just so, by what is stored; else `notes` say why not. */
  is_exact: boolean;
  /** What was left out or taken roughly, one sentence each. */
  notes: string[];
}

/** An alert that a rule would have fired. */
export interface DryRunAlert {
  /** When, in epoch milliseconds. */
  fired_at: number;
  /** What was found: `new_issue`, `regression`, `threshold`, `spike`, `escalating` or `mover`. */
  kind: string;
  /** Id of the project that it is about. */
  project_id: string;
  /** The fingerprint of the error that it is about, a route, or `*` for the project as a whole. */
  subject: string;
  /** What it would have said. */
  message: string;
  /** Events in the rule's window, where the rule has one. */
  count: number | null;
}

/** An environment of a project in numbers. */
export interface EnvironmentLoad {
  /** Its name. */
  environment: string;
  /** Events in the window. */
  total_count: number;
  /** Errors that have ever occurred in it. */
  unique_errors: number;
  /** `total_count` in per cent of that of all environments. */
  pct_of_total: number;
  /** Events an hour, of the hours with events: half of them have at most so many. Between two hours the value is interpolated. The hour that is not over yet is among them. */
  p50_hourly: number;
  /** The same for nine of ten hours. */
  p90_hourly: number;
  /** The same for 99 of 100 hours. */
  p99_hourly: number;
  /** Id of the project. */
  project_id: string;
  /** Hours with events in the window. */
  hours: number;
}

/** Where errors occur. */
export interface EnvironmentLoads {
  /** The one with the most events first. */
  environments: EnvironmentLoad[];
  /** Events in the window in all environments, also in those that `limit` leaves out. */
  total_count: number;
  /** Length of the window. */
  window_hours: number;
  /** The now that the window ends with, in epoch milliseconds. */
  computed_at: number;
}

/** A request that was refused. */
export interface Error {
  /** What is wrong, in a sentence. */
  error: string;
}

/** An error in one release and environment. */
export interface ErrorAggregate {
  /** Id of the project. */
  project_id: string;
  /** Address of the error. */
  fingerprint: string;
  /** Release that it happened in. */
  release: string;
  /** Environment that it happened in. */
  environment: string;
  /** Events in this release and environment. */
  total_count: number;
  /** When its first event was received, in epoch milliseconds, by the server's clock. */
  first_seen: number;
  /** When its newest event was received, in epoch milliseconds. */
  last_seen: number;
  /** Class or code of the error. */
  error_type: string;
  /** What went wrong, as the client has put it. */
  message: string;
  /** Where it comes from, such as `api` or `ios`. */
  source: string;
  /** Route, procedure or job in which it happened. */
  route_or_procedure: string | null;
  /** Screen of the app on which it happened. */
  screen: string | null;
  /** Of the error as a whole: it is the same in all its releases. */
  status: string;
}

/** An error as a whole. */
export interface ErrorDetail {
  /** By last sighting, newest first. */
  aggregates: ErrorAggregate[];
  /** Newest first. */
  samples: Sample[];
  /** Users whom it has happened to, of those that events name by a `user_id_hash`. */
  users_affected: number;
  /** Whether that is their exact number; else an estimate, within a few per cent. */
  users_affected_exact: boolean;
  /** Release in which it was seen first. */
  first_release: string | null;
  /** Release in which it was seen last. */
  last_release: string | null;
  /** Whom it is assigned to. */
  assignee: Assignee | null;
  /** What makes it unresolved again, if it is muted until then. */
  snooze: IssueSnooze | null;
  /** Where it is fixed, if it is resolved in a release. */
  fix: IssueFix | null;
  /** The error as a list shows it. */
  issue: IssueSummary;
  /** How it last came back, if it ever did; null while it is ignored or muted. */
  regression: Regression | null;
}

/** Why events belong to an error. */
export interface ErrorGrouping {
  /** Id of its project. */
  project_id: string;
  /** What it is addressed by. */
  fingerprint: string;
  /** Why its newest stored event would be grouped as it would be now; null if none is stored. */
  newest: Explanation | null;
  /** Whether that is into this error: false if the grouping of the project has changed since. */
  is_current: boolean;
  /** All its fingerprints, the oldest first; at most 200. */
  fingerprints: FingerprintOrigin[];
}

/** An error that happens more often than before, or less often. */
export interface ErrorMover {
  /** Of the error. */
  fingerprint: string;
  /** Class or code of the error. */
  error_type: string;
  /** Of its newest event. */
  message: string;
  /** Events in the window; those of the hour that is not over yet are among them. */
  count_current: number;
  /** Events in the window of the same length before. */
  count_previous: number;
  /** `count_current` less `count_previous`. */
  delta: number;
  /** `delta` in per cent of `count_previous`; 100 where there were none before. */
  delta_pct: number;
  /** Id of the error's project. */
  project_id: string;
  /** Where the move began. One that rises: the first hour with more events than any hour of the window before. One that falls: the hour behind the last one with at least as many events as the window before had on average. In epoch milliseconds; null if there is no such hour, and while a fall could only have begun in the running one. */
  moved_at: number | null;
  /** Whether no other of this list moved earlier. */
  moved_first: boolean;
  /** The `config` of an alert rule that fires when the error moves half as much again, in the same direction. */
  rule: Record<string, Json>;
}

/** Two errors of a project that have many events in the same hours, and few in the same. */
export interface ErrorPair {
  /** Of the one error. */
  fingerprint_a: string;
  /** Of the other, which comes later in the alphabet. */
  fingerprint_b: string;
  /** Of the newest event of the one. */
  message_a: string;
  /** Of the newest event of the other. */
  message_b: string;
  /** Pearson's coefficient over the complete hours in which both have events, from 0.7 to 1. */
  correlation: number;
  /** Id of their project. */
  project_id: string;
  /** Class or code of the one. */
  error_type_a: string;
  /** Class or code of the other. */
  error_type_b: string;
  /** Hours in which both have events, 6 or more. */
  shared_hours: number;
  /** What the coefficient is at least, in 97.5 of 100 such cases: few hours prove little. */
  correlation_low: number;
  /** Hours in which both have events, as a share of those in which any of the two has, from 0 to 1. */
  overlap: number;
}

/** The hour of an error that stands out most from its others. */
export interface ErrorSpike {
  /** Of the error. */
  fingerprint: string;
  /** Class or code of the error. */
  error_type: string;
  /** Of its newest event. */
  message: string;
  /** When the hour began, in epoch milliseconds; of several alike, the last. */
  hour_bucket: number;
  /** Events in that hour. */
  count: number;
  /** Events an hour, on average over `hours`. */
  mean: number;
  /** Standard deviation of the events an hour, that of a sample. */
  stddev: number;
  /** Standard deviations by which the hour is above the mean. */
  zscore: number;
  /** Id of the error's project. */
  project_id: string;
  /** Hours that mean and deviation were taken over: all that are complete, with and without events, from when the error was first seen or the window began. */
  hours: number;
  /** Whether the hour is not over yet; its events are then judged, and left out of mean and deviation. */
  is_running: boolean;
  /** The `config` of an alert rule that fires when the error does about half as much again. */
  rule: Record<string, Json>;
}

/** What the newest events of an error have in common. */
export interface ErrorTags {
  /** Events that were looked at: the newest ones that are stored. */
  events: number;
  /** Events of the error since the beginning. */
  total_count: number;
  /** Whether all of them were looked at. */
  is_complete: boolean;
  /** Those that most events have first. */
  tags: Tag[];
  /** How many there are beside these. */
  other_tags: number;
}

/** The events of one error by the hour. */
export interface ErrorTrend {
  /** As it was asked for. */
  fingerprint: string;
  /** Oldest first; hours without events are left out. */
  counts: HourlyCount[];
}

/** One event as sent; absent and null are the same. */
export interface Event {
  /** When it happened, in epoch seconds, milliseconds, microseconds or nanoseconds, told apart by size; more than 30 days old or a day ahead, it is replaced by the time of arrival. */
  timestamp: number;
  /** Where it comes from: `ios`, `android`, `api`, or any word of up to 32 characters `A-Z a-z 0-9 . _ -`; kept in lower case. */
  source: string | number | boolean;
  /** Such as `prod`; cut at 200 bytes. */
  environment: string | number | boolean;
  /** Version of the app; `unknown` if missing; cut at 200 bytes. */
  release?: string | number | boolean | null;
  /** Class or code of the error; cut at 200 bytes. */
  error_type: string | number | boolean;
  /** At most `ingest.max_message_bytes`; if empty, the error type stands in. */
  message?: string | number | boolean | null;
  /** Version of the app as its users see it; cut at 200 bytes. */
  app_version?: string | number | boolean | null;
  /** Number of the app's build; cut at 200 bytes. */
  build_number?: string | number | boolean | null;
  /** Route, procedure or job in which it happened; cut at 500 bytes. */
  route_or_procedure?: string | number | boolean | null;
  /** Screen of the app on which it happened; cut at 200 bytes. */
  screen?: string | number | boolean | null;
  /** Stack trace, at most `ingest.max_stack_bytes`. */
  stack?: string | number | boolean | null;
  /** Status of the HTTP answer that went wrong, 0 to 65535. */
  http_status?: number | null;
  /** Id of the request in which it happened; cut at 200 bytes. */
  request_id?: string | number | boolean | null;
  /** Whom it happened to, as a hash; cut at 200 bytes. */
  user_id_hash?: string | number | boolean | null;
  /** On which device it happened, as a hash; cut at 200 bytes. */
  device_id_hash?: string | number | boolean | null;
  /** Groups the event by this instead of by its content. */
  fingerprint?: string | number | boolean | null;
  /** 1 to 64 characters `A-Z a-z 0-9 _ -`, unique in the project for 24 hours: an event that is sent twice counts once. */
  event_id?: string | number | boolean | null;
  /** Any JSON, at most `ingest.max_metadata_bytes` in compact form and 100 levels deep; a string that holds JSON is unwrapped. */
  metadata?: Json;
}

/** Why an event is grouped as it is. */
export interface Explanation {
  /** `own`: the event brought a fingerprint; `rule`: a rule of the project decided; `version`: its content alone. */
  by: "own" | "rule" | "version";
  /** The version of the fingerprint that the project uses, 1 or 2. */
  version: number;
  /** The index of the rule that matched, from 0. */
  rule: number | null;
  /** What that rule makes the fingerprint of, with its placeholders. */
  rule_fingerprint: string | null;
  /** The text that is hashed; for an own fingerprint, what the client sent. */
  hashed_text: string;
  /** What comes out. */
  fingerprint: string;
  /** What comes out by the other version, where its errors are to be found again. */
  older_fingerprint: string | null;
  /** What the event's content is made into, whether it was needed or not. */
  parts: GroupingParts;
}

/** A stack to be led back to the sources. */
export interface ExplanationInput {
  /** Release that the stack comes from, exactly as events name it. */
  release: string;
  /** The stack as a browser writes it, at most `ingest.max_stack_bytes`. */
  stack: string;
  /** Debug ids of scripts, each by the file as the stack names it. */
  debug_ids?: Record<string, string> | null;
}

/** One value that a filter can be set to. */
export interface FacetValue {
  /** Release, environment, source or route. */
  value: string;
  /** Its events since the beginning. */
  count: number;
  /** When its newest event was received, in epoch milliseconds. */
  last_seen: number;
}

/** What the filters of a list can be set to, each most events first. */
export interface Facets {
  /** For `release`. */
  releases: FacetValue[];
  /** For `environment`. */
  environments: FacetValue[];
  /** For `source`. */
  sources: FacetValue[];
  /** For `route`. */
  routes: FacetValue[];
  /** For `status`: always all four. */
  statuses: StatusCount[];
}

/** A fingerprint of an error, and where it comes from. */
export interface FingerprintOrigin {
  /** The fingerprint. */
  fingerprint: string;
  /** What made it, by the newest event that has it: the client; a rule; a version of the fingerprint; the limit of new errors. `unknown`: rules that are no more, or texts that were cut when they were stored. */
  origin: "overflow" | "own" | "rule" | "unknown" | "version_1" | "version_2";
  /** The index of the rule. */
  rule: number | null;
  /** Whether somebody has merged it into this error. */
  is_merged: boolean;
}

/** A rule that has found something. */
export interface FiredAlert {
  /** Rises with each alert. */
  id: number;
  /** The rule, which may be gone. */
  rule_id: number;
  /** What it was called then. */
  rule_name: string;
  /** Id of the project that it is about. */
  project_id: string;
  /** What was found, such as `new_issue`. */
  kind: string;
  /** The error that it is about; null if it is about more than one. */
  fingerprint: string | null;
  /** What it says, in a sentence. */
  message: string;
  /** When it fired, in epoch milliseconds. */
  fired_at: number;
  /** How many of its deliveries are in which state. */
  deliveries: Record<string, number>;
}

/** Who registers first. */
export interface FirstUser {
  /** 1 to 64 characters that can be seen; white space around them is cut off. */
  username: string;
  /** `auth.setup_token`, where the server has one. */
  setup_token?: string | null;
}

/** One line of a stack, and the place in the sources that it stands for. */
export interface Frame {
  /** Source file, as the map names it; null as all the others but `raw_frame`, where the line could not be mapped. */
  original_file: string | null;
  /** Line in that file, from 1. */
  original_line: number | null;
  /** Column in that line, from 0. */
  original_column: number | null;
  /** What is called or used there, if the map knows. */
  original_name: string | null;
  /** The line as it came, without white space around it. */
  raw_frame: string;
  /** Up to three lines of the source before it; empty if the map does not hold the sources. */
  pre_context: string[];
  /** The line of the source. */
  context_line: string | null;
  /** Up to three lines of the source after it. */
  post_context: string[];
}

/** For how long data is kept where nothing else is said, and how much of it. */
export interface GlobalRetention {
  /** Single events, of projects that are not in `per_project`. */
  raw_events_days: number;
  /** Counts by the hour, of all projects. */
  hourly_counts_days: number;
  /** Days after which an error goes that has not been seen any more; null: never. */
  aggregates_days: number | null;
  /** Size of the database beyond which the oldest single events go early; null: no limit. */
  max_bytes: number | null;
}

/** How a project groups its events. */
export interface GroupingInfo {
  /** The version of the fingerprint, 1 or 2. */
  version: number;
  /** The first that matches an event decides about it. */
  rules: GroupingRule[];
  /** When it was last changed, in epoch seconds; null if it never was. */
  updated_at: number | null;
}

/** How a project is to group its events from now on. */
export interface GroupingInput {
  /** The version of the fingerprint. */
  version: number;
  /** All rules, in their order; an empty list for none. */
  rules: GroupingRule[];
}

/** What an event's fingerprint is made of where it is made of its content. */
export interface GroupingParts {
  /** Where it comes from. */
  source: string;
  /** The type, as it is hashed. */
  error_type: string;
  /** The route or procedure, as it is hashed; empty if there is none. */
  route: string;
  /** The message, as it is hashed. */
  message: string;
  /** What was taken out of the message, at most 50 pieces. */
  replaced: ReplacedPiece[];
  /** The frame that counts, as it is hashed; empty if there is none. */
  frame: string;
  /** The line of the stack that it was made of. */
  frame_line: string | null;
  /** The lines that were passed over until then, at most 30. */
  skipped: SkippedLine[];
}

/** What would become of the newest events of a project, if they came again. */
export interface GroupingPreview {
  /** How many were looked at. */
  events: number;
  /** False if the time was over before as many as were asked for had been found, or all there are. */
  is_complete: boolean;
  /** When the oldest of them was received, in epoch milliseconds; null if there is none. */
  oldest_at: number | null;
  /** How many errors they belong to. */
  errors_before: number;
  /** How many they would belong to. */
  errors_after: number;
  /** How many of them are concerned by any of the changes. */
  regrouped: number;
  /** How many of them each rule would decide about, in the order of the rules. */
  rule_events: number[];
  /** How many changes there would be. */
  changes_total: number;
  /** The changes, those with the most events first; at most 100. */
  changes: Regrouping[];
}

/** How some events are grouped. */
export interface GroupingRule {
  /** Which they are; at least one pattern. */
  match: RuleMatch;
  /** What their fingerprint is made of, in at most 500 characters: literal text and placeholders such as `{{type}}`. */
  fingerprint: string;
}

/** The answer of `/health`. */
export interface Health {
  /** `ok`; `degraded` when the buffer is nearly full, the store refuses to write or the database does not answer; `stopping`. */
  status: string;
  /** Whether the database answers a query within two seconds; queries that wait for others do not count. */
  db_ok: boolean;
  /** Filled part of the buffer, 0 to 1. */
  buffer_usage: number;
  /** Events dropped since the start. */
  dropped_total: number;
  /** Accepted events that could not be stored since the start. */
  lost_total: number;
  /** When a batch was last committed, in epoch milliseconds. */
  last_flush_ms: number | null;
  /** Version of the server. */
  version: string;
  /** The buffer in events. */
  queue: Queue;
}

/** The events of one hour. */
export interface HourlyCount {
  /** The hour's first millisecond, as epoch milliseconds. */
  hour_bucket: number;
  /** Events that were received in it. */
  count: number;
}

/** What the authenticator of an invited person says. */
export interface InviteFinish {
  /** As the start of the ceremony has answered it. */
  challenge_id: string;
  /** The `PublicKeyCredential`, as its `toJSON` writes it. */
  credential: Record<string, Json>;
  /** May be repeated here; the one that the ceremony began with counts. */
  invite_token?: string | null;
}

/** An invite as lists show it. */
export interface InviteInfo {
  /** By which it is revoked. */
  id: string;
  /** The first characters of its token. */
  token_prefix: string;
  /** Whether the new user becomes an administrator. */
  is_admin: boolean;
  /** When it was made, in epoch seconds. */
  created_at: number;
  /** The user who made it; null for a command, and for somebody who was removed. */
  created_by: string | null;
  /** When it ends, or has ended, by itself, in epoch seconds. */
  expires_at: number;
  /** Whether somebody has registered with it. */
  used: boolean;
  /** When that was, in epoch seconds. */
  used_at: number | null;
  /** The user who did; null also for somebody who was removed. */
  used_by: string | null;
  /** When it was revoked, in epoch seconds. */
  revoked_at: number | null;
}

/** What an invited person shall be. */
export interface InviteInput {
  /** Whether the new user becomes an administrator. */
  is_admin?: boolean;
}

/** Who registers with an invite. */
export interface InvitedUser {
  /** 1 to 64 characters that can be seen; white space around them is cut off. */
  username: string;
  /** What stands behind `invite=` in the link. */
  invite_token: string;
}

/** An error as it would be, and the events that it would get. */
export interface IssueAfter {
  /** What it is addressed by, or would be. */
  fingerprint: string;
  /** Whether it does not exist yet. */
  is_new: boolean;
  /** How many. */
  events: number;
  /** Of one of them. */
  error_type: string;
  /** Of one of them. */
  message: string;
  /** The index of the rule that decided about one of them; null if none did. */
  rule: number | null;
}

/** An error as it is, and the events of it that are concerned. */
export interface IssueBefore {
  /** What it is addressed by. */
  fingerprint: string;
  /** How many. */
  events: number;
  /** Of one of them. */
  error_type: string;
  /** Of one of them. */
  message: string;
}

/** One of the fingerprints of an error. */
export interface IssueFingerprint {
  /** What events are grouped by. */
  fingerprint: string;
  /** Its own events. */
  total_count: number;
  /** When the first of them was received, in epoch milliseconds. */
  first_seen: number | null;
  /** When the newest of them was received, in epoch milliseconds. */
  last_seen: number | null;
  /** Class or code of the error that it belonged to by itself, as are the next four. */
  error_type: string;
  /** What went wrong. */
  message: string;
  /** Where it comes from, such as `api` or `ios`. */
  source: string;
  /** Of a merged error, the status that it had, and gets back. */
  status: string;
  /** What that error is addressed by, and taken out by: it is the fingerprint itself, or what that is merged with. */
  home: string;
  /** What that error was merged into; null if it is the error itself. */
  merged_into: string | null;
  /** A user's id, or `token:` and a token's id. */
  merged_by: string | null;
  /** The name of that user or token; null if there is no such user or token any more. */
  merged_by_name: string | null;
  /** When it was merged, in epoch milliseconds. */
  merged_at: number | null;
}

/** Where a resolved error is fixed: events of earlier releases do not bring it back. */
export interface IssueFix {
  /** Name of the release. */
  release: string;
  /** Whether it is fixed in whatever release comes after that one. */
  is_next: boolean;
}

/** What makes a muted error unresolved again: the first of what is set. */
export interface IssueSnooze {
  /** A time, in epoch milliseconds. */
  until: number | null;
  /** So many events altogether. */
  until_total_count: number | null;
  /** So many users altogether. */
  until_users_affected: number | null;
  /** An event of a release that comes after this one. */
  after_release: string | null;
}

/** An error as a whole, over all its releases and environments. */
export interface IssueSummary {
  /** Id of the project. */
  project_id: string;
  /** What the error is addressed by. */
  fingerprint: string;
  /** `unresolved`, `resolved`, `ignored` or `muted`. */
  status: string;
  /** Events since the beginning. */
  total_count: number;
  /** When its first event was received, in epoch milliseconds. */
  first_seen: number;
  /** When its newest event was received, in epoch milliseconds. */
  last_seen: number;
  /** When it last came back after having been resolved, in epoch milliseconds. */
  regressed_at: number | null;
  /** Class or code of the error. */
  error_type: string;
  /** Of the newest event. */
  message: string;
  /** Where it comes from, such as `api` or `ios`. */
  source: string;
  /** Route, procedure or job in which it happened first. */
  route_or_procedure: string | null;
  /** Screen of the app on which it happened first. */
  screen: string | null;
  /** Release of the newest event. */
  last_release: string | null;
  /** Environment of the newest event. */
  last_environment: string | null;
  /** Users whom it has happened to, of those that events name by a `user_id_hash`. */
  users_affected: number;
  /** Whether that is their exact number; else an estimate, within a few per cent. */
  users_affected_exact: boolean;
  /** Whom it is assigned to. */
  assignee: Assignee | null;
  /** Release of the first event. */
  first_release: string | null;
}

/** What becomes of the old key. */
export interface KeyRotation {
  /** For how many hours it goes on working, 0 to 168. */
  grace_hours?: number;
}

/** Who is signed in. */
export interface Me {
  /** The user's id. */
  id: string;
  /** As the user has chosen it. */
  username: string;
  /** Whether the user is an administrator. */
  is_admin: boolean;
  /** When the user registered, in epoch seconds. */
  created_at: number;
  /** The session of this request. */
  session_id: string;
  /** When that session ends, in epoch seconds. */
  expires_at: number;
}

/** What errors have become one. */
export interface MergeAnswer {
  /** What the error is addressed by. */
  fingerprint: string;
  /** Its own, as it was. */
  status: string;
  /** The events of all together. */
  total_count: number;
  /** What was merged into it: sent to `unmerge` as `fingerprints`, these undo it. */
  merged: string[];
}

/** Which errors are to be merged into another. */
export interface Merging {
  /** Those of the errors, at most 100. */
  fingerprints: string[];
}

/** Errors whose number of events has changed most. */
export interface Movers {
  /** The largest change first, whether up or down. */
  movers: ErrorMover[];
  /** Length of each of the two windows. */
  window_hours: number;
  /** When the first hour of the window began, in epoch milliseconds. */
  current_from: number;
  /** When the first hour of the window before began, in epoch milliseconds. */
  previous_from: number;
  /** The now that the window ends with, in epoch milliseconds. */
  computed_at: number;
}

/** Why, and what ends it: the first of what is given. */
export interface Muting {
  /** Stands in the history; white space around it is cut off. */
  reason?: string | null;
  /** At this time, in epoch milliseconds. */
  until?: number | null;
  /** After so many seconds, in place of `until`. */
  for_secs?: number | null;
  /** After so many more events. */
  until_count?: number | null;
  /** After so many more users whom it has not happened to before. */
  until_users?: number | null;
  /** With the first event of a release that comes after the project's newest one. */
  until_next_release?: boolean;
}

/** An invite, at the only time at which its token is told. */
export interface NewInvite {
  /** By which it is revoked. */
  id: string;
  /** 43 characters that nobody can guess. */
  token: string;
  /** Its first characters, which lists show. */
  token_prefix: string;
  /** The link for the invited person. */
  url: string;
  /** Whether the new user becomes an administrator. */
  is_admin: boolean;
  /** When it ends by itself, a week from now in epoch seconds. */
  expires_at: number;
}

/** A token, at the one moment at which its plaintext is known. */
export interface NewToken {
  /** By which it is revoked. */
  id: string;
  /** What it is for. */
  name: string;
  /** What goes behind `Bearer`; it is not stored, and never shown again. */
  token: string;
  /** Its first characters, by which people tell tokens apart. */
  token_prefix: string;
  /** Id of the project that it opens. */
  project_id: string;
  /** What it may do. */
  scopes: string[];
  /** When it was created, in epoch seconds. */
  created_at: number;
  /** When it stops working, in epoch seconds; null if it does not. */
  expires_at: number | null;
}

/** A stored event. */
export interface Occurrence {
  /** Number of the event; rises with time. */
  id: number;
  /** When it happened, in epoch milliseconds, by the client's clock, normalised. */
  timestamp: number;
  /** Where it comes from, such as `api` or `ios`. */
  source: string;
  /** Environment that it happened in. */
  environment: string;
  /** Release that it happened in. */
  release: string;
  /** Class or code of the error. */
  error_type: string;
  /** What went wrong, as the client has put it. */
  message: string;
  /** Stack trace. */
  stack: string | null;
  /** Status of the HTTP answer that went wrong. */
  http_status: number | null;
  /** Id of the request in which it happened. */
  request_id: string | null;
  /** Route, procedure or job in which it happened. */
  route_or_procedure: string | null;
  /** Address of the error. */
  fingerprint: string;
  /** When it arrived, in epoch milliseconds, by the server's clock. */
  received_at: number;
  /** Id of the project. */
  project_id: string;
  /** Whatever the client has sent along. */
  metadata: Json;
  /** Whom it happened to, as a hash. */
  user_id_hash: string | null;
  /** On which device it happened, as a hash. */
  device_id_hash: string | null;
  /** Version of the app. */
  app_version: string | null;
  /** Number of the app's build. */
  build_number: string | null;
  /** Screen of the app on which it happened. */
  screen: string | null;
}

/** A stored event, and the ones beside it. */
export interface OccurrenceDetail {
  /** Number of the event; rises with time. */
  id: number;
  /** When it happened, in epoch milliseconds, by the client's clock, normalised. */
  timestamp: number;
  /** Where it comes from, such as `api` or `ios`. */
  source: string;
  /** Environment that it happened in. */
  environment: string;
  /** Release that it happened in. */
  release: string;
  /** Class or code of the error. */
  error_type: string;
  /** What went wrong, as the client has put it. */
  message: string;
  /** Stack trace. */
  stack: string | null;
  /** Status of the HTTP answer that went wrong. */
  http_status: number | null;
  /** Id of the request in which it happened. */
  request_id: string | null;
  /** Route, procedure or job in which it happened. */
  route_or_procedure: string | null;
  /** Address of the error. */
  fingerprint: string;
  /** When it arrived, in epoch milliseconds, by the server's clock. */
  received_at: number;
  /** Id of the project. */
  project_id: string;
  /** Whatever the client has sent along. */
  metadata: Json;
  /** Whom it happened to, as a hash. */
  user_id_hash: string | null;
  /** On which device it happened, as a hash. */
  device_id_hash: string | null;
  /** Version of the app. */
  app_version: string | null;
  /** Number of the app's build. */
  build_number: string | null;
  /** Screen of the app on which it happened. */
  screen: string | null;
  /** The one that came after it, of those that pass the filters. */
  newer: number | null;
  /** The one that came before it, of those that pass the filters. */
  older: number | null;
  /** The last of those that pass the filters. */
  newest: number | null;
  /** The first of those that pass the filters, as far as events are still stored. */
  oldest: number | null;
  /** Whether one of these four may be null, or nearer than it seems, since too many events lie between that do not pass the filters. */
  search_capped: boolean;
  /** The lines of the stack and what source maps make of them; left out unless at least one line was mapped. */
  deobfuscated_stack?: Frame[];
  /** The lines that name a place in a script and were not mapped, and why; left out if there are none, or if the project has no source maps. */
  unmapped_frames?: UnmappedFrame[];
}

/** One more passkey. */
export interface PasskeyFinish {
  /** As the start of the ceremony has answered it. */
  challenge_id: string;
  /** The `PublicKeyCredential`, as its `toJSON` writes it. */
  credential: Record<string, Json>;
  /** What to call it, 1 to 64 printable characters; default: `Passkey 2` and so on. */
  name?: string | null;
}

/** A passkey of one's own. */
export interface PasskeyInfo {
  /** By which it is renamed and removed. */
  id: string;
  /** For people to tell passkeys apart. */
  name: string;
  /** When it was added, in epoch seconds. */
  created_at: number;
  /** When it last signed in, in epoch seconds. */
  last_used_at: number | null;
  /** Whether its provider keeps a copy, so that it outlives the device. */
  is_synced: boolean;
  /** How browsers reach it, such as `internal`, `hybrid` or `usb`. */
  transports: string[];
}

/** What to call a passkey. */
export interface PasskeyName {
  /** 1 to 64 printable characters. */
  name: string;
}

/** A grouping to try. */
export interface PreviewInput {
  /** The version of the fingerprint. */
  version: number;
  /** All rules, in their order; an empty list for none. */
  rules: GroupingRule[];
  /** How many of the newest stored events to look at. */
  events?: number;
}

/** What shall be different about a project. */
export interface ProjectChange {
  /** What people shall call it, in 1 to 200 characters; without it nothing changes. */
  name?: string | null;
}

/** A project is gone. */
export interface ProjectDeleted {
  /** Always true. */
  deleted: boolean;
}

/** A project, as the one who asks may see it. */
export interface ProjectInfo {
  /** What the API calls it: a UUID, or `default`. */
  id: string;
  /** What people call it. */
  name: string;
  /** Its address, which never changes. */
  slug: string;
  /** When it was created, in epoch seconds. */
  created_at: number;
  /** Id of the user who created it; null if it was the server or a command, or somebody who was removed. */
  created_by: string | null;
  /** Signs its events. Administrators and whoever created the project see it; for all others the field is left out. */
  api_key?: string;
}

/** A project that shall be. */
export interface ProjectInput {
  /** What people call it, in 1 to 200 characters; white space around them is cut off. */
  name: string;
  /** Its address, in 1 to 100 characters: a-z, 0-9 and hyphens. */
  slug: string;
}

/** A project whose single events have a time or a budget of their own. */
export interface ProjectRetention {
  /** Its id. */
  project_id: string;
  /** What people call it. */
  project_name: string;
  /** For how many days its single events are kept; 0 if it follows all others in that. */
  raw_events_days: number;
  /** What its single events may take, before the oldest of them go early; null: no limit. */
  max_bytes: number | null;
}

/** A time or a budget of its own for a project, at least one of them; what is left out stays as it is. */
export interface ProjectRetentionInput {
  /** Its id or slug. */
  project_id: string;
  /** 1 to 3650 days for its single events, or 0 to have it follow all others again. */
  raw_events_days?: number | null;
  /** What its single events may take, from 1000000 bytes on, or 0 for no limit. */
  max_bytes?: number | null;
}

/** A project in a few numbers. */
export interface ProjectStats {
  /** Errors in the project. */
  total_errors: number;
  /** Of them, unresolved. */
  unresolved_errors: number;
  /** Events in the hours that began in the last 24. */
  total_events_24h: number;
  /** Of those events, the ones of errors that were not made, as too many new ones came. */
  overflowed_events_24h: number;
  /** Of those events, the ones that were only counted, as their error floods. */
  thinned_events_24h: number;
  /** Up to ten routes by events since the beginning, most first. */
  top_routes: RouteCount[];
}

/** What the single events of a project take. */
export interface ProjectStorage {
  /** Its id. */
  project_id: string;
  /** Single events. */
  raw_events_count: number;
  /** What they take, within some per cent: their payloads as stored, and a constant for each. */
  raw_events_bytes: number;
}

/** What was removed. */
export interface PurgeDone {
  /** Single events. */
  raw_events_deleted: number;
  /** Counts of an error in an hour. */
  hourly_counts_deleted: number;
  /** Always `ok`. */
  status: "ok";
}

/** Whether old data is really to be removed now. */
export interface PurgeInput {
  /** Must be true. */
  confirm: boolean;
}

/** The buffer in events. */
export interface Queue {
  /** Events that wait to be stored. */
  buffered: number;
  /** Events that fit. */
  capacity: number;
}

/** The answer of `/readyz`. */
export interface Readiness {
  /** Whether events that are sent now will be kept. */
  ready: boolean;
  /** Why it is not ready, a sentence each; empty if it is. */
  reasons: string[];
  /** All that was looked at. */
  checks: Check[];
  /** For how long the oldest accepted event has waited to be stored; null without one. */
  oldest_buffered_secs: number | null;
  /** When a batch was last stored, in epoch milliseconds; null before the first. */
  last_flush_ms: number | null;
  /** Room that is left on the disk of the database; null if the disk does not say. */
  disk_free_bytes: number | null;
}

/** An event of a batch that was not taken. */
export interface RefusedEvent {
  /** Its place in the batch, from 0. */
  index: number;
  /** What is wrong with it, in a sentence. */
  error: string;
}

/** How a resolved error came back. */
export interface Regression {
  /** When it was resolved before that, in epoch milliseconds. */
  resolved_at: number;
  /** The name of whoever resolved it; null if there is no such user or token any more. */
  resolved_by_name: string | null;
  /** Release in which it was fixed; null if none was named, or the next one that has not come yet. */
  resolved_in: string | null;
  /** When the event was received that brought it back, in epoch milliseconds. */
  back_at: number;
  /** Release of that event; null if that is not known. */
  back_in: string | null;
}

/** Errors whose events would be grouped otherwise. */
export interface Regrouping {
  /** `joined`: several become one; `split`: one becomes several; `moved`: one begins anew, under another fingerprint; `mixed`: several become several others. */
  kind: "joined" | "mixed" | "moved" | "split";
  /** How many events are concerned. */
  events: number;
  /** The errors as they are, those with the most events first; at most 20. */
  before: IssueBefore[];
  /** The errors as they would be, those with the most events first; at most 20. */
  after: IssueAfter[];
}

/** What a release has changed. */
export interface ReleaseImpact {
  /** Name of the release. */
  release: string;
  /** When its first event was received, in epoch milliseconds. */
  first_seen: number;
  /** Events since then. */
  error_count: number;
  /** Errors that have occurred in it. */
  unique_fingerprints: number;
  /** Those of them that occurred in no release that was seen earlier. */
  new_fingerprints: number;
  /** `error_count` less that of the release before. */
  error_delta: number;
  /** Ten for each new error, and by how many per cent there are more events than in the release before. */
  impact_score: number;
  /** Id of the project. */
  project_id: string;
  /** The release before: the one of the project that was first seen last before this one; null for the first. */
  previous_release: string | null;
  /** When its newest event was received, in epoch milliseconds. */
  last_seen: number;
  /** How long it has been in use, at least an hour: from `first_seen` to when the next release was first seen, or to `last_seen` where that is later; up to now for the newest. */
  exposure_hours: number;
  /** `error_count` for each hour of exposure. Unlike `error_count`, it can be compared with that of an older release. */
  errors_per_hour: number;
  /** By how many per cent `errors_per_hour` is above that of the release before; null for the first. */
  rate_delta_pct: number | null;
}

/** Releases and what they have changed. */
export interface ReleaseImpacts {
  /** The newest first. */
  releases: ReleaseImpact[];
  /** The now up to which the newest release is exposed, in epoch milliseconds. */
  computed_at: number;
}

/** A release of a project. */
export interface ReleaseInfo {
  /** Id of the project. */
  project_id: string;
  /** As events name it. */
  release: string;
  /** When its first event was received, in epoch milliseconds. */
  first_seen: number;
}

/** A piece of a text that changes from event to event. */
export interface ReplacedPiece {
  /** What it was taken for, such as `number`, `uuid`, `e-mail` or `time`. */
  kind: string;
  /** The piece; version 2 looks at messages in lower case. */
  found: string;
  /** What is hashed instead. */
  placeholder: string;
}

/** That everybody shall be removed. */
export interface ResetInput {
  /** Has to be true. */
  confirm: boolean;
}

/** Why, and where it is fixed. */
export interface Resolving {
  /** Stands in the history; white space around it is cut off. */
  reason?: string | null;
  /** `current`: in the project's newest release; `next`: in one that comes after it; else the name of a release. Events of earlier releases count, and do not bring the error back. */
  in_release?: string | null;
}

/** It is as asked for. */
export interface RetentionChanged {
  /** Always `ok`. */
  status: "ok";
}

/** For how long data is kept, and how much there is of it. */
export interface RetentionInfo {
  /** What holds for all projects. */
  global: GlobalRetention;
  /** Projects that depart from it, the oldest first. */
  per_project: ProjectRetention[];
  /** How much is stored. */
  storage: StorageInfo;
}

/** What shall be different; what is left out stays as it is. */
export interface RetentionInput {
  /** For how many days single events are kept, 1 to 3650. */
  raw_events_days?: number | null;
  /** For how many days counts by the hour are kept, 1 to 3650. */
  hourly_counts_days?: number | null;
  /** Days after which an error goes that has not been seen any more, 1 to 36500, or 0 for what is configured. */
  aggregates_days?: number | null;
  /** Size of the database beyond which the oldest single events go early, from 1000000 bytes on, or 0 for what is configured. */
  max_bytes?: number | null;
  /** Projects that are to depart from it, or not any more; others stay as they are. */
  per_project?: ProjectRetentionInput[] | null;
}

/** What a user may do. */
export type Role = "admin" | "user";

/** What a user is now. */
export interface RoleChanged {
  /** The user's id. */
  user_id: string;
  /** Whether the user is an administrator. */
  is_admin: boolean;
  /** Always `ok`. */
  status: string;
}

/** What a user shall be; one of the two fields. */
export interface RoleInput {
  /** Whether the user shall be an administrator. */
  is_admin?: boolean | null;
  /** The same in a word. */
  role?: Role | null;
}

/** All events that came from one route. */
export interface RouteCount {
  /** Route, procedure or job. */
  route: string;
  /** Events since the beginning. */
  count: number;
}

/** Which events a rule is about: those that match every pattern that is given. */
export interface RuleMatch {
  /** Of the error type. */
  type?: string | null;
  /** Of the message, as it was sent. */
  message?: string | null;
  /** Of the source. */
  source?: string | null;
  /** Of the route or procedure, as it was sent. */
  route?: string | null;
  /** Of the environment. */
  environment?: string | null;
  /** Of the release. */
  release?: string | null;
  /** Of the frame that counts, as the project's version of the fingerprint hashes it. */
  top_frame?: string | null;
  /** Of any frame of the stack, as its line was sent. */
  frame?: string | null;
}

/** An occurrence that is kept in full for as long as its error. */
export interface Sample {
  /** Number of the event; rises with time. */
  id: number;
  /** Address of the error. */
  fingerprint: string;
  /** Id of the project. */
  project_id: string;
  /** When it arrived, in epoch milliseconds, by the server's clock. */
  captured_at: number;
  /** Where it comes from, such as `api` or `ios`. */
  source: string;
  /** Environment that it happened in. */
  environment: string;
  /** Release that it happened in. */
  release: string;
  /** Class or code of the error. */
  error_type: string;
  /** What went wrong, as the client has put it. */
  message: string;
  /** Stack trace. */
  stack: string | null;
  /** Id of the request in which it happened. */
  request_id: string | null;
  /** Whatever the client has sent along. */
  metadata: Json;
  /** Whom it happened to, as a hash. */
  user_id_hash: string | null;
  /** On which device it happened, as a hash. */
  device_id_hash: string | null;
  /** Version of the app. */
  app_version: string | null;
  /** Number of the app's build. */
  build_number: string | null;
  /** Screen of the app on which it happened. */
  screen: string | null;
  /** Status of the HTTP answer that went wrong. */
  http_status: number | null;
  /** Route, procedure or job in which it happened. */
  route_or_procedure: string | null;
  /** The lines of the stack and what source maps make of them; left out unless at least one line was mapped. */
  deobfuscated_stack?: Frame[];
  /** The lines that name a place in a script and were not mapped, and why; left out if there are none, or if the project has no source maps. */
  unmapped_frames?: UnmappedFrame[];
}

/** A filter of the list of errors that somebody has given a name. */
export interface SavedView {
  /** What it is called here. */
  id: string;
  /** What people call it. */
  name: string;
  /** The filter as it is typed, such as `is:unresolved release:1.2`. */
  query: string;
  /** Order of the list. */
  sort: Sort;
  /** Id of the project that it is for; null: for all projects. */
  project_id: string | null;
  /** Whether everybody who is signed in sees it, or only whoever saved it. */
  is_shared: boolean;
  /** Id of the user who saved it; null if there is no such user any more. */
  created_by: string | null;
  /** Name of that user. */
  created_by_name: string | null;
  /** When it was saved, in epoch seconds. */
  created_at: number;
  /** Whether whoever asks has saved it. */
  is_own: boolean;
}

/** How the server is. */
export interface ServerStatus {
  /** `ok`; `warning` if somebody should look at it; `failing` if events are lost, were in the last five minutes, or will be. */
  state: State;
  /** What is wrong, a sentence each, the worst first; empty if nothing is. */
  problems: string[];
  /** Filled part of the buffer by number or size of its events, whichever is more: 0 to 1. */
  buffer_usage: number;
  /** Events that wait to be stored. */
  buffered: number;
  /** Events that fit into the buffer. */
  capacity: number;
  /** Events dropped since the start. */
  dropped_total: number;
  /** Accepted events that could not be stored since the start. */
  lost_total: number;
  /** Events dropped in the last five minutes. */
  dropped_recently: number;
  /** When a batch was last stored, in epoch milliseconds; null before the first. */
  last_flush_ms: number | null;
  /** For how long the oldest accepted event has waited to be stored; null without one. */
  oldest_buffered_secs: number | null;
  /** What the database takes of its disk, with its log; null if the disk does not say. */
  database_bytes: number | null;
  /** Room that is left on that disk; null if it does not say. */
  disk_free_bytes: number | null;
  /** Version of the server. */
  version: string;
  /** When the server was started, in epoch seconds. */
  started_at: number;
}

/** A signed-in browser of one's own. */
export interface SessionInfo {
  /** By which it is ended. */
  id: string;
  /** When it signed in, in epoch seconds. */
  created_at: number;
  /** When it ends by itself, in epoch seconds. */
  expires_at: number;
  /** When it was last used, in epoch seconds; to a minute or two. */
  last_used_at: number;
  /** Where it signed in from. */
  address: string;
  /** What the browser called itself then, at most 200 characters. */
  user_agent: string;
  /** Whether it is the session of this request. */
  is_current: boolean;
}

/** What signing out everywhere did. */
export interface SessionsEnded {
  /** Sessions that were ended. */
  ended: number;
}

/** A line of the stack that does not count. */
export interface SkippedLine {
  /** The line, without white space at its ends. */
  line: string;
  /** Why not: `framework`, with what shows it; `header`; or `no frame`. */
  reason: string;
}

/** Orders of a list, each descending. */
export type Sort = "last_seen" | "total_count" | "first_seen";

/** A source map is gone. */
export interface SourceMapDeleted {
  /** Its id. */
  deleted: string;
}

/** A source map. */
export interface SourceMapInfo {
  /** What it is called here; a map that is uploaded again gets another id. */
  id: string;
  /** Id of the project. */
  project_id: string;
  /** Release that the script belongs to, exactly as events name it. */
  release: string;
  /** Name under which it was uploaded. */
  filename: string;
  /** When it was uploaded, in epoch seconds. */
  uploaded_at: number;
  /** Size of the map. */
  size_bytes: number;
  /** Debug id that the bundler has put into it. */
  debug_id: string | null;
  /** Who uploaded it: a user's id, or `token:` and a token's id. */
  uploaded_by: string | null;
}

/** Errors that had an hour out of the ordinary. */
export interface Spikes {
  /** One for each error, the highest `zscore` first. */
  spikes: ErrorSpike[];
  /** `zscore` from which an hour is a spike: `analytics.zscore_threshold`. */
  threshold: number;
  /** Length of the window. */
  window_hours: number;
  /** The now that the window ends with, in epoch milliseconds. */
  computed_at: number;
}

/** What source maps make of a stack. */
export interface StackExplanation {
  /** Every line that is not blank, in order. */
  frames: Frame[];
  /** The lines that could not be mapped, and why; what stands before the first one with a place is none of them. */
  unmapped: UnmappedFrame[];
}

/** How a check went. */
export type State = "ok" | "warning" | "failing";

/** Where an error stands; one value for each error, whatever the release. */
export type Status = "unresolved" | "resolved" | "ignored" | "muted";

/** What a change of one error did. */
export interface StatusAnswer {
  /** The error's first fingerprint, also when it was asked for by another one. */
  fingerprint: string;
  /** What it has now. */
  status: Status;
  /** Releases and environments in which it shows another status than before; 0 if it had this one already. */
  updated: number;
  /** What the change can be undone by; null if nothing was changed. */
  change_id: string | null;
}

/** One entry of an error's history. */
export interface StatusChange {
  /** Number of the change; rises with time. */
  id: number;
  /** Id of the project. */
  project_id: string;
  /** Address of the error. */
  fingerprint: string;
  /** Status before it. */
  old_status: string;
  /** Status after it. */
  new_status: string;
  /** A user's id, or `token:` and a token's id; null for the server itself. */
  changed_by: string | null;
  /** The name of that user or token; null if there is no such user or token any more. */
  changed_by_name: string | null;
  /** When it was made, in epoch milliseconds. */
  changed_at: number;
  /** `regression` when a resolved error came back, `snooze ended: …` when what ends a mute was met, `undo` when a change was undone; else what was given as a reason. */
  reason: string | null;
}

/** A change of many errors: of those in `fingerprints`, or of those that `filter` means. */
export interface StatusChanges {
  /** What they shall have. */
  status: Status;
  /** The errors by name; repeated ones count once. */
  fingerprints?: string[] | null;
  /** The errors by what they are. */
  filter?: StatusFilter | null;
  /** Has to be true when the filter is empty, which means every error of the project. */
  all?: boolean;
  /** Stands in the history of each error; white space around it is cut off. */
  reason?: string | null;
  /** With `resolved`: where they are fixed, as for one error. */
  in_release?: string | null;
  /** With `muted`: what ends it, as for one error, like the four below. */
  until?: number | null;
  /** After so many seconds. */
  for_secs?: number | null;
  /** After so many more events of each. */
  until_count?: number | null;
  /** After so many more users of each. */
  until_users?: number | null;
  /** With the first event of a later release. */
  until_next_release?: boolean;
  /** Whether to only say what would happen. */
  dry_run?: boolean;
}

/** What a change of many errors did, or with `dry_run` would do. */
export interface StatusChangesAnswer {
  /** What they have now. */
  status: Status;
  /** Errors that were meant. */
  matched: number;
  /** Those of them that had another status. */
  changed: number;
  /** Releases and environments in which these show another status than before. */
  updated: number;
  /** Fingerprints of the list that the project does not have, in the order of the list. */
  unknown: string[];
  /** What all changes can be undone by together, for 30 days; null if nothing was changed. */
  change_id: string | null;
}

/** How many errors have a status. */
export interface StatusCount {
  /** `unresolved`, `resolved`, `ignored` or `muted`. */
  value: string;
  /** Errors, each counted once whatever its releases. */
  count: number;
}

/** Which errors are meant: those that match all fields that are given, as in `GET /v1/errors`. */
export interface StatusFilter {
  /** Seen in exactly this release. */
  release?: string | null;
  /** Seen in exactly this environment. */
  environment?: string | null;
  /** From exactly this source; `api` means all but `ios` and `android`. */
  source?: string | null;
  /** With exactly this `route_or_procedure`. */
  route?: string | null;
  /** With this status before the change. */
  status?: Status | null;
  /** Last seen then or later, in epoch milliseconds. */
  since?: number | null;
  /** Last seen then or earlier, in epoch milliseconds. */
  until?: number | null;
  /** With events in an hour that began then or later, in epoch milliseconds. */
  active_since?: number | null;
  /** With events in an hour that began then or earlier, in epoch milliseconds; with `active_since`, in an hour between the two. */
  active_until?: number | null;
  /** Assigned to the user of this id or name, to oneself with `me`, or with `none` to nobody. */
  assignee?: string | null;
  /** With all these words in type, message, route or the top of the stack; of more than 10,000 errors that match, the newest. */
  q?: string | null;
}

/** Why a status is changed. */
export interface StatusReason {
  /** Stands in the history; white space around it is cut off. */
  reason?: string | null;
}

/** How much is stored, exact at one moment unless it says otherwise. */
export interface StorageInfo {
  /** Size of the database, without its write-ahead log. */
  db_size_bytes: number;
  /** Of these, the ones that are free: they are used again, and given back to the file system bit by bit. */
  free_bytes: number;
  /** Single events of all projects; those of a project that was deleted do not count any more. */
  raw_events_count: number;
  /** Counts of an error in an hour, one for each of its environments and sources. */
  hourly_counts_count: number;
  /** Whether what is not free is within the budget of the whole database, if there is one. */
  budget: "exceeded" | "kept" | "none";
  /** Projects with single events, those that take most first. */
  by_project: ProjectStorage[];
}

/** A key with the values that events have for it. */
export interface Tag {
  /** Name in the metadata, with a dot between an object and its key; or a field of events. */
  key: string;
  /** Whether it is a field of events, and not of their metadata. */
  is_built_in: boolean;
  /** Events that have it. */
  events: number;
  /** Events that do not. */
  missing: number;
  /** The most frequent ones, most events first. */
  values: TagValue[];
  /** How many values there are beside these. */
  other_values: number;
  /** Events that have one of those. */
  other_events: number;
}

/** One value of a tag. */
export interface TagValue {
  /** The value; numbers, true and false as JSON writes them. Cut after 200 characters. */
  value: string;
  /** Events that have it. */
  count: number;
  /** Of the events that were looked at, from 0 to 1. */
  share: number;
}

/** A token as it can be shown. */
export interface TokenInfo {
  /** By which it is revoked. */
  id: string;
  /** What it is for. */
  name: string;
  /** Its first characters, by which people tell tokens apart. */
  token_prefix: string;
  /** Id of the project that it opens. */
  project_id: string;
  /** What it may do. */
  scopes: string[];
  /** When it was created, in epoch seconds. */
  created_at: number;
  /** When it stops working, in epoch seconds; null if it does not. */
  expires_at: number | null;
  /** When it was last used, to the minute, in epoch seconds; null if never. */
  last_used_at: number | null;
  /** When it was revoked, in epoch seconds; null if it was not. */
  revoked_at: number | null;
}

/** A token that shall be. */
export interface TokenInput {
  /** What it is for, in 1 to 100 characters; white space around them is cut off. */
  name: string;
  /** The one project that it opens, by id or slug. */
  project_id: string;
  /** What it may do; at least one. */
  scopes: string[];
  /** Days until it stops working, 1 to 3650; without it, it works until it is revoked. */
  expires_in_days?: number | null;
}

/** A token is worth nothing any more. */
export interface TokenRevoked {
  /** Its id. */
  revoked: string;
}

/** What undoing a change did. */
export interface UndoneAnswer {
  /** Errors that have the status of before again. */
  put_back: number;
  /** Errors whose status was changed again since, by people or by events, and that stay as they are. */
  left_alone: number;
  /** Releases and environments in which those that were put back show another status than before. */
  updated: number;
}

/** A line of a stack that names a place in a script, and why no map leads from there to the sources. */
export interface UnmappedFrame {
  /** The line as it came, without white space around it. */
  raw_frame: string;
  /** Why it could not be mapped. */
  reason: string;
}

/** What has become errors of their own again. */
export interface UnmergeAnswer {
  /** What the error is addressed by that they were taken out of. */
  fingerprint: string;
  /** Its own, as it was. */
  status: string;
  /** The events that are left to it. */
  total_count: number;
  /** What was taken out of it: sent to `merge` as `fingerprints`, these undo it. */
  unmerged: string[];
}

/** Which errors are to be taken out of one that they were merged into: those named, or all. */
export interface Unmerging {
  /** Those of the merged errors, at most 100. */
  fingerprints?: string[] | null;
  /** Without `fingerprints`: everything that was ever merged into the error, each as an error of its own. */
  all?: boolean;
}

/** Somebody who can sign in. */
export interface UserInfo {
  /** The user's id. */
  id: string;
  /** As the user has chosen it. */
  username: string;
  /** Whether the user is an administrator. */
  is_admin: boolean;
  /** When the user registered, in epoch seconds. */
  created_at: number;
}

/** The answer to a batch: `accepted`, `dropped` and the number of `errors` add up to that of its events. */
export interface Verdicts {
  /** Events that were taken. */
  accepted: number;
  /** Events that were left out because the buffer is full or their sender over its rate. */
  dropped: number;
  /** Those that were not taken, in the order of the batch. */
  errors: RefusedEvent[];
}

/** What shall be different about a view; what is left out stays as it is. */
export interface ViewChange {
  /** What people will call it, in up to 200 characters; white space around them is cut off. */
  name?: string | null;
  /** The filter as it is typed; white space around it is cut off. */
  query?: string | null;
  /** Order of the list. */
  sort?: Sort | null;
  /** Whether everybody who is signed in sees it. */
  is_shared?: boolean | null;
}

/** A view is gone. */
export interface ViewDeleted {
  /** Its id. */
  deleted: string;
}

/** A view that shall be. */
export interface ViewInput {
  /** What people will call it, in up to 200 characters; white space around them is cut off. */
  name: string;
  /** The filter as it is typed; white space around it is cut off. */
  query: string;
  /** Order of the list. */
  sort?: Sort;
  /** Id or slug of the project that it is for; without it, it is for all projects. */
  project_id?: string | null;
  /** Whether everybody who is signed in sees it. */
  is_shared?: boolean;
}
