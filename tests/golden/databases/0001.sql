BEGIN TRANSACTION;
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
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
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
	summary VARCHAR NOT NULL, 
	request BLOB, 
	response BLOB, 
	error_code VARCHAR NOT NULL, 
	target VARCHAR, 
	CONSTRAINT pk_attempts PRIMARY KEY (id), 
	CONSTRAINT fk_attempts_run_id FOREIGN KEY(run_id) REFERENCES runs (id)
);
INSERT INTO "attempts" VALUES(3765391119613956097,3765391117516804098,3765391117516804097,'price-question','reply','reply',1,'node-1',1795478401000,12,'ok','Đã trả lời',NULL,NULL,'',NULL);
INSERT INTO "attempts" VALUES(3765391119613956101,3765391119613956100,3765391119613956099,'price-question','reply','reply',1,'node-1',1795478401000,12,'ok','Đã trả lời',NULL,NULL,'',NULL);
CREATE TABLE budgets (
	"key" VARCHAR NOT NULL, 
	times BLOB NOT NULL, 
	last_at BIGINT NOT NULL, 
	CONSTRAINT pk_budgets PRIMARY KEY ("key")
)
 WITHOUT ROWID

;
CREATE TABLE connection_health (
	connection VARCHAR NOT NULL, 
	last_at BIGINT, 
	pauses BLOB NOT NULL, 
	refusals INTEGER NOT NULL, 
	refused_since BIGINT, 
	reported_silent BIGINT, 
	reported_rejecting BIGINT, 
	problem VARCHAR NOT NULL, 
	checked_at BIGINT NOT NULL, 
	CONSTRAINT pk_connection_health PRIMARY KEY (connection)
);
CREATE TABLE connection_tokens (
	connection VARCHAR NOT NULL, 
	access BLOB NOT NULL, 
	refresh BLOB NOT NULL, 
	issued_at BIGINT NOT NULL, 
	lives_s BIGINT NOT NULL, 
	origins VARCHAR NOT NULL, 
	leased_until BIGINT, 
	lost VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_connection_tokens PRIMARY KEY (connection)
);
CREATE TABLE contact_aliases (
	alias VARCHAR NOT NULL, 
	contact VARCHAR NOT NULL, 
	CONSTRAINT pk_contact_aliases PRIMARY KEY (alias)
)
 WITHOUT ROWID

;
INSERT INTO "contact_aliases" VALUES('shop-page:9001','shop-page:lan');
CREATE TABLE contacts (
	"key" VARCHAR NOT NULL, 
	name VARCHAR, 
	state BLOB NOT NULL, 
	tags BLOB NOT NULL, 
	first_seen BIGINT NOT NULL, 
	last_inbound_at BIGINT, 
	opted_out_at BIGINT, 
	opted_out_by VARCHAR, 
	human_reply_at BIGINT, 
	CONSTRAINT pk_contacts PRIMARY KEY ("key")
)
 WITHOUT ROWID

;
INSERT INTO "contacts" VALUES('shop-page:hoa','Lan',X'7B7D',X'5B5D',1795478401000,1795478401000,NULL,NULL,NULL);
INSERT INTO "contacts" VALUES('shop-page:lan','Lan',X'7B2273697A65223A224D227D',X'5B226275796572225D',1795478400000,1795478400000,NULL,NULL,NULL);
INSERT INTO "contacts" VALUES('shop-page:minh','Lan',X'7B7D',X'5B5D',1795478401000,1795478401000,NULL,NULL,NULL);
INSERT INTO "contacts" VALUES('shop-page:tuấn','Lan',X'7B7D',X'5B5D',1795478401000,1795478401000,NULL,NULL,NULL);
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
	reason VARCHAR NOT NULL, 
	duplicate SMALLINT NOT NULL, 
	full_size BIGINT, 
	CONSTRAINT pk_deliveries PRIMARY KEY (id)
);
INSERT INTO "deliveries" VALUES(3765391117516804096,'shop-page',1795478400000,'POST',X'5B5B22636F6E74656E742D74797065222C226170706C69636174696F6E2F6A736F6E225D5D','',X'7B22656E747279223A5B5D7D','203.0.113.7','accepted','','',0,NULL);
INSERT INTO "deliveries" VALUES(3765391119613956098,'shop-page',1795478401000,'POST',X'5B5B22636F6E74656E742D74797065222C226170706C69636174696F6E2F6A736F6E225D5D','',X'7B22656E747279223A5B5D7D','203.0.113.7','accepted','','',0,NULL);
INSERT INTO "deliveries" VALUES(3765391119613956102,'shop-page',1795478401000,'POST',X'5B5B22636F6E74656E742D74797065222C226170706C69636174696F6E2F6A736F6E225D5D','',X'7B22656E747279223A5B5D7D','203.0.113.7','accepted','','',0,NULL);
INSERT INTO "deliveries" VALUES(3765391119613956105,'shop-page',1795478401000,'POST',X'5B5B22636F6E74656E742D74797065222C226170706C69636174696F6E2F6A736F6E225D5D','',X'7B22656E747279223A5B5D7D','203.0.113.7','accepted','','',0,NULL);
INSERT INTO "deliveries" VALUES(3765391119613956108,'shop-page',1795478401000,'POST',X'5B5B22636F6E74656E742D74797065222C226170706C69636174696F6E2F6A736F6E225D5D','',X'7B22656E747279223A5B5D7D','203.0.113.7','rejected','bad_signature','the signature does not match',0,NULL);
CREATE TABLE documents (
	name VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	body BLOB NOT NULL, 
	CONSTRAINT pk_documents PRIMARY KEY (name)
);
INSERT INTO "documents" VALUES('tokens',1,X'7B225F64656661756C74223A7B2231223A7B226E616D65223A227265706F727473222C22726F6C65223A22766965776572227D7D7D');
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
	CONSTRAINT pk_events PRIMARY KEY (id), 
	CONSTRAINT uq_events_connection UNIQUE (connection, dedupe_key), 
	CONSTRAINT fk_events_delivery_id FOREIGN KEY(delivery_id) REFERENCES deliveries (id)
);
INSERT INTO "events" VALUES(3765391117516804097,3765391117516804096,'shop-page','facebook','comment.created','one','shop-page:lan','shop-page:lan',0,1795478400000,1795478400000,1,'Lan','Giá bao nhiêu vậy shop?',X'7B2274657874223A224769C3A12062616F206E6869C3AA752076E1BAAD792073686F703F222C226163746F72223A7B226964223A226C616E222C226E616D65223A224C616E227D7D');
INSERT INTO "events" VALUES(3765391119613956099,3765391119613956098,'shop-page','facebook','comment.created','two','shop-page:minh','shop-page:minh',0,1795478401000,1795478401000,1,'Lan','Giá bao nhiêu vậy shop?',X'7B2274657874223A224769C3A12062616F206E6869C3AA752076E1BAAD792073686F703F222C226163746F72223A7B226964223A226D696E68222C226E616D65223A224C616E227D7D');
INSERT INTO "events" VALUES(3765391119613956103,3765391119613956102,'shop-page','facebook','comment.created','three','shop-page:hoa','shop-page:hoa',0,1795478401000,1795478401000,1,'Lan','Giá bao nhiêu vậy shop?',X'7B2274657874223A224769C3A12062616F206E6869C3AA752076E1BAAD792073686F703F222C226163746F72223A7B226964223A22686F61222C226E616D65223A224C616E227D7D');
INSERT INTO "events" VALUES(3765391119613956106,3765391119613956105,'shop-page','facebook','comment.created','four','shop-page:tuấn','shop-page:tuấn',0,1795478401000,1795478401000,1,'Lan','Giá bao nhiêu vậy shop?',X'7B2274657874223A224769C3A12062616F206E6869C3AA752076E1BAAD792073686F703F222C226163746F72223A7B226964223A227475E1BAA56E222C226E616D65223A224C616E227D7D');
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
CREATE TABLE nodes (
	id INTEGER NOT NULL, 
	started_at BIGINT NOT NULL, 
	heartbeat_at BIGINT NOT NULL, 
	version VARCHAR NOT NULL, 
	revision INTEGER NOT NULL, 
	CONSTRAINT pk_nodes PRIMARY KEY (id)
);
CREATE TABLE replayed (
	run_id INTEGER NOT NULL, 
	replay_id INTEGER NOT NULL, 
	source_id INTEGER NOT NULL, 
	rule VARCHAR NOT NULL, 
	CONSTRAINT pk_replayed PRIMARY KEY (run_id)
);
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
INSERT INTO "rollups" VALUES(1795478400000,'node-1','dead','price-question',1);
INSERT INTO "rollups" VALUES(1795478400000,'node-1','deliveries rejected','shop-page',1);
INSERT INTO "rollups" VALUES(1795478400000,'node-1','done','price-question',1);
INSERT INTO "rollups" VALUES(1795478400000,'node-1','events','shop-page',4);
INSERT INTO "rollups" VALUES(1795478400000,'node-1','started','price-question',5);
CREATE TABLE rulesets (
	revision INTEGER NOT NULL, 
	digest VARCHAR NOT NULL, 
	files BLOB NOT NULL, 
	author VARCHAR NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_rulesets PRIMARY KEY (revision)
);
INSERT INTO "rulesets" VALUES(1,'digest-of-the-rules',X'7B2273686F702E79616D6C223A2272756C65733A205B5D5C6E227D','lan',1795478400000);
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
	seq_at BIGINT NOT NULL, 
	run_at BIGINT NOT NULL, 
	created_at BIGINT NOT NULL, 
	finished_at BIGINT, 
	owner VARCHAR, 
	lease_until BIGINT, 
	cancel_on BLOB, 
	data BLOB NOT NULL, 
	reason VARCHAR NOT NULL, 
	begun_at BIGINT, 
	waits_for VARCHAR, 
	wait_key VARCHAR, 
	concurrency_key VARCHAR, 
	cancel_reason VARCHAR, 
	behind SMALLINT DEFAULT 0 NOT NULL, 
	failing_target VARCHAR, 
	CONSTRAINT pk_runs PRIMARY KEY (id), 
	CONSTRAINT fk_runs_event_id FOREIGN KEY(event_id) REFERENCES events (id)
);
INSERT INTO "runs" VALUES(3765391117516804098,3765391117516804097,'price-question',1,'shop-page:lan','shop-page:lan','',NULL,2,1,0,0,1795478400000,1795478400000,1795478400000,1795478401000,NULL,NULL,NULL,X'7B7D','',NULL,NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO "runs" VALUES(3765391119613956096,3765391117516804097,'price-question',1,'shop-page:lan','shop-page:lan','ask-again',3765391117516804098,0,0,0,0,1795478461000,1795478461000,1795478401000,NULL,NULL,NULL,X'7B226576656E74223A5B226D6573736167652E7265636569766564225D7D',X'7B7D','',NULL,NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO "runs" VALUES(3765391119613956100,3765391119613956099,'price-question',1,'shop-page:minh','shop-page:minh','',NULL,3,1,0,0,1795478401000,1795478401000,1795478401000,1795478401000,NULL,NULL,NULL,X'7B7D','the target answered 400',NULL,NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO "runs" VALUES(3765391119613956104,3765391119613956103,'price-question',1,'shop-page:hoa','shop-page:hoa','',NULL,1,0,1,0,1795478401000,1795478401000,1795478401000,NULL,'node-1',1795478431000,NULL,X'7B7D','',1795478401000,NULL,NULL,NULL,NULL,0,NULL);
INSERT INTO "runs" VALUES(3765391119613956107,3765391119613956106,'price-question',1,'shop-page:tuấn','shop-page:tuấn','',NULL,0,0,0,0,1795478401000,1795478401000,1795478401000,NULL,NULL,NULL,NULL,X'7B7D','',NULL,NULL,NULL,NULL,NULL,0,NULL);
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
CREATE TABLE sessions (
	token_hash VARCHAR NOT NULL, 
	account VARCHAR NOT NULL, 
	created_at BIGINT NOT NULL, 
	seen_at BIGINT NOT NULL, 
	CONSTRAINT pk_sessions PRIMARY KEY (token_hash)
);
INSERT INTO "sessions" VALUES('hash-of-a-session','owner',1795478400000,1795478400000);
CREATE TABLE shared_rates (
	target VARCHAR NOT NULL, 
	free_at BIGINT NOT NULL, 
	CONSTRAINT pk_shared_rates PRIMARY KEY (target)
)
 WITHOUT ROWID

;
CREATE TABLE targets (
	name VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	since BIGINT NOT NULL, 
	reason VARCHAR NOT NULL, 
	by_whom VARCHAR NOT NULL, 
	failures INTEGER NOT NULL, 
	failing_since BIGINT, 
	retry_at BIGINT, 
	openings INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_targets PRIMARY KEY (name)
);
CREATE TABLE unindexed (
	id INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	events BLOB NOT NULL, 
	runs BLOB NOT NULL, 
	CONSTRAINT pk_unindexed PRIMARY KEY (id)
);
INSERT INTO "unindexed" VALUES(1,1795478400000,X'01100080455B4134',X'02100080455B4134');
INSERT INTO "unindexed" VALUES(2,1795478401000,X'',X'02100080455B4134001000FD455B4134');
INSERT INTO "unindexed" VALUES(3,1795478401000,X'031000FD455B4134',X'041000FD455B4134');
INSERT INTO "unindexed" VALUES(4,1795478401000,X'',X'041000FD455B4134');
INSERT INTO "unindexed" VALUES(5,1795478401000,X'071000FD455B4134',X'081000FD455B4134');
INSERT INTO "unindexed" VALUES(6,1795478401000,X'0A1000FD455B4134',X'0B1000FD455B4134');
CREATE TABLE upkeep (
	name VARCHAR NOT NULL, 
	at BIGINT NOT NULL, 
	distrusted_until BIGINT NOT NULL, 
	CONSTRAINT pk_upkeep PRIMARY KEY (name)
);
INSERT INTO "upkeep" VALUES('clock',1795478400000,0);
CREATE INDEX ix_deliveries_verdict ON deliveries (verdict, id) WHERE verdict <> 'accepted';
CREATE INDEX ix_events_delivery_id ON events (delivery_id);
CREATE INDEX ix_events_contact ON events (contact, id) WHERE contact IS NOT NULL;
CREATE INDEX ix_runs_event_id ON runs (event_id);
CREATE INDEX ix_runs_due ON runs (run_at, id) WHERE state = 0 AND behind = 0;
CREATE INDEX ix_runs_behind ON runs (lane, seq_at, id) WHERE state = 0 AND behind = 1;
CREATE INDEX ix_runs_lane ON runs (lane, seq_at, id) WHERE state <= 1;
CREATE INDEX ix_runs_waiting ON runs (contact) WHERE state = 0 AND path <> '';
CREATE INDEX ix_runs_wait ON runs (wait_key) WHERE state = 0 AND wait_key IS NOT NULL;
CREATE INDEX ix_runs_follow_up ON runs (id) WHERE state = 0 AND path <> '';
CREATE INDEX ix_runs_target ON runs (waits_for, seq_at, id) WHERE state = 0 AND waits_for IS NOT NULL;
CREATE INDEX ix_runs_failing_target ON runs (failing_target) WHERE state = 0 AND failing_target IS NOT NULL;
CREATE INDEX ix_runs_not_done ON runs (state, id) WHERE state > 2;
CREATE INDEX ix_runs_parent ON runs (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX ix_runs_concurrency ON runs (concurrency_key, run_at, id) WHERE concurrency_key IS NOT NULL AND state <= 1;
CREATE INDEX ix_runs_unfinished ON runs (state, id) WHERE state <= 1;
CREATE INDEX ix_attempts_run_id ON attempts (run_id);
CREATE INDEX ix_replays_created_at ON replays (created_at);
CREATE INDEX ix_replayed_replay_id ON replayed (replay_id);
CREATE UNIQUE INDEX ix_replayed_source ON replayed (source_id, rule, replay_id);
CREATE INDEX ix_contact_aliases_contact ON contact_aliases (contact);
CREATE INDEX ix_echoes_at ON echoes (at);
CREATE INDEX ix_limits_expires_at ON limits (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX ix_absence_ends_received_at ON absence_ends (received_at);
CREATE VIRTUAL TABLE event_words USING fts5(words, tokenize='ascii', detail=none);
CREATE VIRTUAL TABLE run_words USING fts5(words, tokenize='ascii', detail=none);
COMMIT;
