-- Times are milliseconds since 1970; 0 is "none". Numbers are 0 or 1 where a
-- column answers yes or no.

-- +goose Up

-- when each repository was first seen
CREATE TABLE repository(
	id         text PRIMARY KEY,
	path       text NOT NULL,
	first_seen bigint NOT NULL);

-- one row for each push that was taken in
CREATE TABLE push(
	id         text PRIMARY KEY,
	repository text NOT NULL,
	path       text NOT NULL,
	pusher     text NOT NULL,
	site       text NOT NULL,
	pushed_at  bigint NOT NULL,
	taken_at   bigint NOT NULL,
	state      text NOT NULL,                     -- ingested, held, released, dropped
	why        text NOT NULL DEFAULT '',          -- it is held
	notes      text NOT NULL DEFAULT '',          -- JSON
	facts      blob);                             -- only while it is held
CREATE INDEX push_held ON push(id) WHERE state = 'held';
CREATE INDEX push_taken ON push(taken_at);

-- one row for each action; seq is the order within its lane
CREATE TABLE action(
	seq        INTEGER PRIMARY KEY AUTOINCREMENT,
	id         text NOT NULL UNIQUE,              -- the once-only id
	push       text NOT NULL,
	lane       text NOT NULL,
	site       text NOT NULL,
	issue      text NOT NULL,
	kind       text NOT NULL,
	payload    blob NOT NULL,                     -- JSON
	state      text NOT NULL DEFAULT 'queued',    -- queued, sending, done, dead, skipped
	queued_at  bigint NOT NULL,
	settled_at bigint NOT NULL DEFAULT 0,
	attempts   bigint NOT NULL DEFAULT 0,
	first_sent bigint NOT NULL DEFAULT 0,         -- a request of unknown outcome
	memo       text NOT NULL DEFAULT '',
	words      text NOT NULL DEFAULT '',
	problem    text NOT NULL DEFAULT '',
	advice     text NOT NULL DEFAULT '',
	note       text NOT NULL DEFAULT '',
	issue_key  text NOT NULL DEFAULT '',
	summary    text NOT NULL DEFAULT '',
	status     text NOT NULL DEFAULT '');
CREATE INDEX action_waiting ON action(lane, seq) WHERE state IN ('queued', 'sending');
CREATE INDEX action_dead ON action(seq) WHERE state = 'dead';
CREATE INDEX action_settled ON action(settled_at) WHERE state IN ('done', 'skipped');
CREATE INDEX action_push ON action(push);

-- what was asked of Jira once and for all
CREATE TABLE record(
	id        text NOT NULL,
	commit_id text NOT NULL,
	made_at   bigint NOT NULL,
	detail    text NOT NULL,
	action    text NOT NULL,
	PRIMARY KEY(id, commit_id));
CREATE INDEX record_action ON record(action);

-- the history of each action
CREATE TABLE attempt(
	seq      INTEGER PRIMARY KEY AUTOINCREMENT,
	action   text NOT NULL,
	at       bigint NOT NULL,
	verdict  text NOT NULL,
	exchange text NOT NULL,
	problem  text NOT NULL);
CREATE INDEX attempt_action ON attempt(action, seq);

-- one row for each issue that has waiting actions
CREATE TABLE lane(
	name       text PRIMARY KEY,
	site       text NOT NULL,
	due_at     bigint NOT NULL,                   -- also the end of the lease, and of a back-off
	not_before bigint NOT NULL DEFAULT 0,         -- Jira asked to be left alone until then
	owner      text NOT NULL DEFAULT '');         -- random, of the lease
CREATE INDEX lane_due ON lane(site, due_at);

-- one row for each Jira, with its pause
CREATE TABLE site(
	name       text PRIMARY KEY,
	pause      text NOT NULL DEFAULT '',          -- '', away, credentials, operator
	since      bigint NOT NULL DEFAULT 0,
	until      bigint NOT NULL DEFAULT 0,         -- the next probe, or the end of one
	not_before bigint NOT NULL DEFAULT 0,         -- Jira asked to be left alone until then
	tries      bigint NOT NULL DEFAULT 0,         -- failures since something was done
	prober     text NOT NULL DEFAULT '',          -- random, of who probes now
	reason     text NOT NULL DEFAULT '',
	advice     text NOT NULL DEFAULT '');

-- credentials that a site did not accept
CREATE TABLE barred(
	site        text NOT NULL,
	fingerprint text NOT NULL,
	until       bigint NOT NULL,                  -- then they may be tried again
	PRIMARY KEY(site, fingerprint));
