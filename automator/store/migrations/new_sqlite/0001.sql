CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE deliveries (
	id INTEGER NOT NULL,
	connection VARCHAR NOT NULL,
	received_at BIGINT NOT NULL,
	method VARCHAR NOT NULL,
	headers BLOB NOT NULL,
	"query" VARCHAR NOT NULL,
	body BLOB NOT NULL,
	remote VARCHAR NOT NULL,
	verdict VARCHAR NOT NULL,
	reason_code VARCHAR NOT NULL,
	reason BLOB,
	duplicate SMALLINT NOT NULL,
	full_size BIGINT,
	CONSTRAINT pk_deliveries PRIMARY KEY (id)
);
CREATE INDEX ix_deliveries_verdict ON deliveries (verdict, id) WHERE verdict <> 'accepted';
CREATE TABLE events (
	id INTEGER NOT NULL,
	delivery_id INTEGER NOT NULL,
	connection VARCHAR NOT NULL,
	provider VARCHAR NOT NULL,
	type VARCHAR NOT NULL,
	dedupe_key VARCHAR NOT NULL,
	lane VARCHAR,
	contact VARCHAR,
	is_self SMALLINT NOT NULL,
	occurred_at BIGINT,
	received_at BIGINT NOT NULL,
	revision INTEGER NOT NULL,
	actor_name VARCHAR,
	text VARCHAR,
	body BLOB NOT NULL,
	seen BLOB,
	CONSTRAINT pk_events PRIMARY KEY (id),
	CONSTRAINT uq_events_connection UNIQUE (connection, dedupe_key),
	CONSTRAINT fk_events_delivery_id FOREIGN KEY(delivery_id) REFERENCES deliveries (id)
);
CREATE INDEX ix_events_delivery_id ON events (delivery_id);
CREATE INDEX ix_events_contact ON events (contact, id) WHERE contact IS NOT NULL;
CREATE TABLE runs (
	id INTEGER NOT NULL,
	event_id INTEGER NOT NULL,
	rule VARCHAR NOT NULL,
	revision INTEGER NOT NULL,
	lane VARCHAR,
	contact VARCHAR,
	path VARCHAR NOT NULL,
	parent_id INTEGER,
	state SMALLINT NOT NULL,
	step INTEGER NOT NULL,
	attempt INTEGER NOT NULL,
	crashes INTEGER NOT NULL,
	seq_at BIGINT,
	run_at BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	finished_at BIGINT,
	owner VARCHAR,
	lease_until BIGINT,
	cancel_on BLOB,
	data BLOB NOT NULL,
	reason_codes VARCHAR NOT NULL,
	reason BLOB,
	was_interrupted SMALLINT NOT NULL,
	outcome SMALLINT,
	begun_at BIGINT,
	waits_for VARCHAR DEFAULT '' NOT NULL,
	waits_since BIGINT,
	waits_until BIGINT,
	acts_until BIGINT,
	target VARCHAR,
	reserved_at BIGINT,
	unknown_since BIGINT,
	echo_key VARCHAR,
	note BLOB,
	not_sent BLOB,
	wait_key VARCHAR,
	concurrency_key VARCHAR,
	concurrency_limit INTEGER,
	cancel_reason BLOB,
	behind SMALLINT DEFAULT 0 NOT NULL,
	CONSTRAINT pk_runs PRIMARY KEY (id),
	CONSTRAINT fk_runs_event_id FOREIGN KEY(event_id) REFERENCES events (id)
);
CREATE INDEX ix_runs_event_id ON runs (event_id);
CREATE INDEX ix_runs_due ON runs (run_at, id) WHERE state = 0 AND behind = 0;
CREATE INDEX ix_runs_behind ON runs (lane, seq_at, id) WHERE state = 0 AND behind = 1 AND waits_for <> 'place';
CREATE INDEX ix_runs_lane ON runs (lane, seq_at, id) WHERE state <= 1;
CREATE INDEX ix_runs_waiting ON runs (contact) WHERE state = 0 AND path <> '';
CREATE INDEX ix_runs_wait ON runs (wait_key) WHERE state = 0 AND wait_key IS NOT NULL;
CREATE INDEX ix_runs_follow_up ON runs (id) WHERE state = 0 AND path <> '';
CREATE INDEX ix_runs_target ON runs (target, waits_for, seq_at, id) WHERE state = 0 AND target IS NOT NULL;
CREATE INDEX ix_runs_reason ON runs (reason_codes, id) WHERE reason_codes <> '';
CREATE INDEX ix_runs_outcome ON runs (outcome, id) WHERE outcome > 2;
CREATE INDEX ix_runs_waits_for ON runs (waits_for, id) WHERE waits_for <> '' AND state = 0;
CREATE INDEX ix_runs_parent ON runs (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX ix_runs_concurrency ON runs (concurrency_key, id) WHERE concurrency_key IS NOT NULL AND state <= 1 AND waits_for <> 'place';
CREATE INDEX ix_runs_place ON runs (concurrency_key, id) WHERE state = 0 AND waits_for = 'place';
CREATE INDEX ix_runs_not_done ON runs (state, id) WHERE state <> 2;
CREATE TABLE attempts (
	id INTEGER NOT NULL,
	run_id INTEGER NOT NULL,
	event_id INTEGER NOT NULL,
	rule VARCHAR NOT NULL,
	step VARCHAR NOT NULL,
	action VARCHAR NOT NULL,
	number INTEGER NOT NULL,
	node VARCHAR NOT NULL,
	started_at BIGINT NOT NULL,
	duration_ms BIGINT NOT NULL,
	status VARCHAR NOT NULL,
	summary BLOB NOT NULL,
	request BLOB,
	response BLOB,
	error_code VARCHAR NOT NULL,
	target VARCHAR,
	said VARCHAR,
	CONSTRAINT pk_attempts PRIMARY KEY (id),
	CONSTRAINT fk_attempts_run_id FOREIGN KEY(run_id) REFERENCES runs (id)
);
CREATE INDEX ix_attempts_run_id ON attempts (run_id);
CREATE TABLE replays (
	id INTEGER NOT NULL,
	created_at BIGINT NOT NULL,
	author VARCHAR NOT NULL,
	request BLOB NOT NULL,
	state SMALLINT NOT NULL,
	cursor BIGINT NOT NULL,
	found INTEGER NOT NULL,
	seen INTEGER NOT NULL,
	started INTEGER NOT NULL,
	skipped BLOB NOT NULL,
	updated_at BIGINT NOT NULL,
	finished_at BIGINT,
	CONSTRAINT pk_replays PRIMARY KEY (id)
);
CREATE INDEX ix_replays_created_at ON replays (created_at);
CREATE TABLE replayed (
	run_id INTEGER NOT NULL,
	replay_id INTEGER NOT NULL,
	source_id INTEGER NOT NULL,
	rule VARCHAR NOT NULL,
	CONSTRAINT pk_replayed PRIMARY KEY (run_id)
);
CREATE INDEX ix_replayed_replay_id ON replayed (replay_id);
CREATE UNIQUE INDEX ix_replayed_source ON replayed (source_id, rule, replay_id);
CREATE TABLE contacts (
	"key" VARCHAR NOT NULL,
	name VARCHAR,
	state BLOB NOT NULL,
	tags BLOB NOT NULL,
	first_seen BIGINT NOT NULL,
	last_inbound_at BIGINT,
	opted_out_at BIGINT,
	opted_out_by VARCHAR,
	blocked_at BIGINT,
	blocked_by VARCHAR,
	human_reply_at BIGINT,
	window_opened_at BIGINT,
	CONSTRAINT pk_contacts PRIMARY KEY ("key")
)
 WITHOUT ROWID
;
CREATE TABLE contact_aliases (
	alias VARCHAR NOT NULL,
	contact VARCHAR NOT NULL,
	CONSTRAINT pk_contact_aliases PRIMARY KEY (alias)
)
 WITHOUT ROWID
;
CREATE INDEX ix_contact_aliases_contact ON contact_aliases (contact);
CREATE TABLE echoes (
	"key" VARCHAR NOT NULL,
	run_id INTEGER,
	event_id INTEGER,
	echoed_at BIGINT,
	at BIGINT NOT NULL,
	CONSTRAINT pk_echoes PRIMARY KEY ("key")
)
 WITHOUT ROWID
;
CREATE INDEX ix_echoes_at ON echoes (at);
CREATE TABLE limits (
	id VARCHAR NOT NULL,
	rule VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	"key" VARCHAR NOT NULL,
	uses BLOB NOT NULL,
	expires_at BIGINT,
	CONSTRAINT pk_limits PRIMARY KEY (id)
)
 WITHOUT ROWID
;
CREATE INDEX ix_limits_expires_at ON limits (expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE budgets (
	"key" VARCHAR NOT NULL,
	times BLOB NOT NULL,
	last_at BIGINT NOT NULL,
	CONSTRAINT pk_budgets PRIMARY KEY ("key")
)
 WITHOUT ROWID
;
CREATE TABLE shared_rates (
	target VARCHAR NOT NULL,
	free_at BIGINT NOT NULL,
	CONSTRAINT pk_shared_rates PRIMARY KEY (target)
)
 WITHOUT ROWID
;
CREATE TABLE absence_ends (
	wait_key VARCHAR NOT NULL,
	connection VARCHAR NOT NULL,
	occurred_at BIGINT NOT NULL,
	received_at BIGINT NOT NULL,
	event_id INTEGER NOT NULL,
	type VARCHAR NOT NULL,
	CONSTRAINT pk_absence_ends PRIMARY KEY (wait_key)
)
 WITHOUT ROWID
;
CREATE INDEX ix_absence_ends_received_at ON absence_ends (received_at);
CREATE TABLE schedules (
	rule VARCHAR NOT NULL,
	revision INTEGER NOT NULL,
	definition VARCHAR NOT NULL,
	done_until BIGINT NOT NULL,
	last_fire BIGINT,
	last_skipped BIGINT,
	CONSTRAINT pk_schedules PRIMARY KEY (rule)
)
 WITHOUT ROWID
;
CREATE TABLE firings (
	id INTEGER NOT NULL,
	rule VARCHAR NOT NULL,
	revision INTEGER NOT NULL,
	scheduled_at BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	state SMALLINT NOT NULL,
	cursor VARCHAR NOT NULL,
	seen INTEGER NOT NULL,
	started INTEGER NOT NULL,
	skipped BLOB NOT NULL,
	next_at BIGINT NOT NULL,
	finished_at BIGINT,
	stopped_by VARCHAR NOT NULL,
	CONSTRAINT pk_firings PRIMARY KEY (id)
);
CREATE INDEX ix_firings_rule ON firings (rule, id);
CREATE INDEX ix_firings_going ON firings (id) WHERE state = 0;
CREATE TABLE targets (
	name VARCHAR NOT NULL,
	state VARCHAR NOT NULL,
	since BIGINT NOT NULL,
	reason BLOB,
	by_whom VARCHAR NOT NULL,
	failures INTEGER NOT NULL,
	failing_since BIGINT,
	retry_at BIGINT,
	openings INTEGER NOT NULL,
	version INTEGER NOT NULL,
	CONSTRAINT pk_targets PRIMARY KEY (name)
);
CREATE TABLE connection_tokens (
	connection VARCHAR NOT NULL,
	access BLOB NOT NULL,
	refresh BLOB NOT NULL,
	issued_at BIGINT NOT NULL,
	lives_s BIGINT NOT NULL,
	origins VARCHAR NOT NULL,
	leased_until BIGINT,
	lost BLOB,
	version INTEGER NOT NULL,
	CONSTRAINT pk_connection_tokens PRIMARY KEY (connection)
);
CREATE TABLE connection_health (
	connection VARCHAR NOT NULL,
	last_at BIGINT,
	pauses BLOB NOT NULL,
	refusals INTEGER NOT NULL,
	refused_since BIGINT,
	reported_silent BIGINT,
	reported_rejecting BIGINT,
	problem BLOB,
	checked_at BIGINT NOT NULL,
	CONSTRAINT pk_connection_health PRIMARY KEY (connection)
);
CREATE TABLE nodes (
	id INTEGER NOT NULL,
	started_at BIGINT NOT NULL,
	heartbeat_at BIGINT NOT NULL,
	version VARCHAR NOT NULL,
	revision INTEGER NOT NULL,
	CONSTRAINT pk_nodes PRIMARY KEY (id)
);
CREATE TABLE upkeep (
	name VARCHAR NOT NULL,
	at BIGINT NOT NULL,
	distrusted_until BIGINT NOT NULL,
	CONSTRAINT pk_upkeep PRIMARY KEY (name)
);
CREATE TABLE rollups (
	hour BIGINT NOT NULL,
	node VARCHAR NOT NULL,
	metric VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	count BIGINT NOT NULL,
	CONSTRAINT pk_rollups PRIMARY KEY (hour, node, metric, name)
)
 WITHOUT ROWID
;
CREATE TABLE rulesets (
	revision INTEGER NOT NULL,
	digest VARCHAR NOT NULL,
	files BLOB NOT NULL,
	author VARCHAR NOT NULL,
	created_at BIGINT NOT NULL,
	CONSTRAINT pk_rulesets PRIMARY KEY (revision)
);
CREATE TABLE documents (
	name VARCHAR NOT NULL,
	version INTEGER NOT NULL,
	body BLOB NOT NULL,
	CONSTRAINT pk_documents PRIMARY KEY (name)
);
CREATE TABLE sessions (
	token_hash VARCHAR NOT NULL,
	account VARCHAR NOT NULL,
	created_at BIGINT NOT NULL,
	seen_at BIGINT NOT NULL,
	CONSTRAINT pk_sessions PRIMARY KEY (token_hash)
);
CREATE TABLE "deferred" (
	id INTEGER NOT NULL,
	at BIGINT NOT NULL,
	events BLOB NOT NULL,
	runs BLOB NOT NULL,
	counts BLOB NOT NULL,
	CONSTRAINT pk_deferred PRIMARY KEY (id)
);
CREATE TABLE untraced (
	id INTEGER NOT NULL,
	at BIGINT NOT NULL,
	events BLOB NOT NULL,
	runs BLOB NOT NULL,
	CONSTRAINT pk_untraced PRIMARY KEY (id)
);
CREATE VIRTUAL TABLE event_words USING fts5(words, tokenize='ascii', detail=none, prefix='2 3 4 5 6 7', content='', contentless_delete=1);
CREATE VIRTUAL TABLE run_words USING fts5(words, tokenize='ascii', detail=none, prefix='2 3 4 5 6 7', content='', contentless_delete=1);
INSERT INTO event_words (event_words, rank) VALUES ('automerge', 16);
INSERT INTO event_words (event_words, rank) VALUES ('crisismerge', 32);
INSERT INTO event_words (event_words, rank) VALUES ('pgsz', 2000);
INSERT INTO run_words (run_words, rank) VALUES ('automerge', 16);
INSERT INTO run_words (run_words, rank) VALUES ('crisismerge', 32);
INSERT INTO run_words (run_words, rank) VALUES ('pgsz', 2000);
INSERT INTO alembic_version VALUES ('0001');
