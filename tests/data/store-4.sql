PRAGMA application_id = 1953264498;
PRAGMA user_version = 4;
BEGIN TRANSACTION;
CREATE TABLE change (
	seq       INTEGER PRIMARY KEY,
	domain_id INTEGER NOT NULL,
	day       INTEGER NOT NULL
) STRICT;
INSERT INTO "change" VALUES(1,1,20593);
INSERT INTO "change" VALUES(2,1,20594);
INSERT INTO "change" VALUES(3,1,20595);
INSERT INTO "change" VALUES(4,1,20596);
CREATE TABLE collector_state (
	name  TEXT NOT NULL,
	first TEXT NOT NULL, -- value of the first label, or ''
	other TEXT NOT NULL, -- value of the second label, or ''
	value REAL NOT NULL,
	PRIMARY KEY (name, first, other)
) STRICT, WITHOUT ROWID;
CREATE TABLE counter (
	name  TEXT NOT NULL,
	first TEXT NOT NULL, -- value of the first label, or ''
	other TEXT NOT NULL, -- value of the second label, or ''
	value INTEGER NOT NULL,
	PRIMARY KEY (name, first, other)
) STRICT, WITHOUT ROWID;
INSERT INTO "counter" VALUES('ingested_failed_sessions','','',6);
INSERT INTO "counter" VALUES('ingested_sessions','','',172);
INSERT INTO "counter" VALUES('unknown_result_types','','',0);
CREATE TABLE day_result (
	day         INTEGER NOT NULL,
	domain_id   INTEGER NOT NULL REFERENCES domain,
	policy_type INTEGER NOT NULL,
	result_type INTEGER NOT NULL,
	reporter_id INTEGER NOT NULL REFERENCES reporter,
	standing    INTEGER NOT NULL,
	sessions    INTEGER NOT NULL,
	PRIMARY KEY (day, domain_id, policy_type, result_type, reporter_id,
	             standing)
) STRICT, WITHOUT ROWID;
INSERT INTO "day_result" VALUES(20594,1,1,2,1,3,1);
INSERT INTO "day_result" VALUES(20595,1,1,2,1,1,2);
INSERT INTO "day_result" VALUES(20596,1,1,2,1,3,3);
CREATE TABLE day_sum (
	day         INTEGER NOT NULL,
	domain_id   INTEGER NOT NULL REFERENCES domain,
	policy_type INTEGER NOT NULL,
	reporter_id INTEGER NOT NULL REFERENCES reporter,
	standing    INTEGER NOT NULL,
	policy_id   INTEGER NOT NULL,
	reports     INTEGER NOT NULL,
	successes   INTEGER NOT NULL,
	failures    INTEGER NOT NULL,
	trials      INTEGER NOT NULL,
	refused     INTEGER NOT NULL,
	unusable    INTEGER NOT NULL,
	dane        INTEGER NOT NULL,
	refused_starttls      INTEGER NOT NULL,
	refused_certificate   INTEGER NOT NULL,
	refused_other         INTEGER NOT NULL,
	predicted_starttls    INTEGER NOT NULL,
	predicted_certificate INTEGER NOT NULL,
	predicted_other       INTEGER NOT NULL,
	elements              INTEGER NOT NULL,
	untested              INTEGER NOT NULL,
	PRIMARY KEY (day, domain_id, policy_type, reporter_id, standing,
	             policy_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "day_sum" VALUES(20593,1,1,1,1,1,1,40,0,0,0,0,0,0,0,0,0,0,0,0,0);
INSERT INTO "day_sum" VALUES(20594,1,1,1,3,2,1,41,1,42,1,0,0,0,1,0,0,0,0,1,0);
INSERT INTO "day_sum" VALUES(20595,1,1,1,1,3,1,42,2,0,0,0,0,0,0,0,0,0,0,0,0);
INSERT INTO "day_sum" VALUES(20596,1,1,1,3,4,1,43,3,46,3,0,0,0,3,0,0,0,0,1,0);
CREATE TABLE domain (
	id             INTEGER PRIMARY KEY,
	name           TEXT NOT NULL UNIQUE,
	admitted       INTEGER NOT NULL,           -- by `domains = *`
	last_end       INTEGER NOT NULL DEFAULT 0, -- of the newest period
	last_received  INTEGER NOT NULL DEFAULT 0, -- newest arrival
	distinct_since INTEGER NOT NULL DEFAULT 0,
	policies       INTEGER NOT NULL DEFAULT 0,
	hosts          INTEGER NOT NULL DEFAULT 0,
	reasons        INTEGER NOT NULL DEFAULT 0
, unproved_policies INTEGER NOT NULL DEFAULT 0, unproved_hosts INTEGER NOT NULL DEFAULT 0, unproved_reasons INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "domain" VALUES(1,'example.org',0,1779580800,1780401600,0,0,0,0,0,0,0);
CREATE TABLE fact (
	name  TEXT PRIMARY KEY,
	value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "fact" VALUES('newest_commit',1780401600);
CREATE TABLE failure_detail (
	report_id    INTEGER NOT NULL,
	policy_seq   INTEGER NOT NULL,
	seq          INTEGER NOT NULL,
	result_type  INTEGER NOT NULL,
	type_text    TEXT, -- as written, where the type is unknown
	sessions     INTEGER NOT NULL,
	sending_ip   BLOB, -- 4 or 16 bytes
	receiving_ip BLOB,
	mx_id        INTEGER, -- host
	helo_id      INTEGER, -- host
	reason_id    INTEGER, -- reason
	additional   TEXT,
	PRIMARY KEY (report_id, policy_seq, seq),
	FOREIGN KEY (report_id, policy_seq) REFERENCES policy_result
		ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO "failure_detail" VALUES(1,0,0,2,NULL,0,NULL,NULL,1,NULL,1,NULL);
INSERT INTO "failure_detail" VALUES(2,0,0,2,NULL,1,NULL,NULL,1,NULL,2,NULL);
INSERT INTO "failure_detail" VALUES(3,0,0,2,NULL,2,NULL,NULL,1,NULL,3,NULL);
INSERT INTO "failure_detail" VALUES(4,0,0,2,NULL,3,NULL,NULL,1,NULL,4,NULL);
CREATE TABLE host (
	id        INTEGER PRIMARY KEY,
	domain_id INTEGER NOT NULL REFERENCES domain,
	name      TEXT NOT NULL,
	last_day  INTEGER NOT NULL,
	UNIQUE (domain_id, name)
) STRICT;
INSERT INTO "host" VALUES(1,1,'mx1.example.org',20623);
CREATE TABLE ledger (
	id       INTEGER PRIMARY KEY,
	class    INTEGER NOT NULL,
	digest   BLOB NOT NULL, -- SHA-256 of data
	channel  INTEGER NOT NULL,
	trust    INTEGER NOT NULL,
	signer   TEXT NOT NULL, -- d= of the signature, or ''
	outcome  INTEGER NOT NULL,
	refusal  INTEGER NOT NULL,
	sentence TEXT NOT NULL, -- what is wrong and where
	peer     TEXT NOT NULL, -- address, file or message
	domain   TEXT NOT NULL, -- that it is about, where that is known
	encoding TEXT NOT NULL, -- Content-Encoding
	received INTEGER NOT NULL,
	newest   INTEGER NOT NULL, -- the last time the same came
	times    INTEGER NOT NULL,
	bytes    INTEGER NOT NULL, -- what it takes of the budget
	data     BLOB NOT NULL
) STRICT;
CREATE TABLE mailbox (
	id            INTEGER PRIMARY KEY,
	name          TEXT NOT NULL UNIQUE,
	validity      INTEGER NOT NULL DEFAULT 0,
	done_to       INTEGER NOT NULL DEFAULT 0,
	polls         INTEGER NOT NULL DEFAULT 0,
	poll_failures INTEGER NOT NULL DEFAULT 0,
	last_poll     INTEGER NOT NULL DEFAULT 0, -- end of the last round
	last_success  INTEGER NOT NULL DEFAULT 0,
	pending       INTEGER NOT NULL DEFAULT 0, -- messages that it left
	duration_ms   INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO "mailbox" VALUES(1,'main',77,12,3,0,0,0,0,0);
CREATE TABLE mailbox_message (
	mailbox_id INTEGER NOT NULL REFERENCES mailbox ON DELETE CASCADE,
	message    INTEGER NOT NULL,
	done       INTEGER NOT NULL, -- 0: it waits
	tries      INTEGER NOT NULL, -- how often it ended the process that read it
	since      INTEGER NOT NULL, -- when it was met first
	PRIMARY KEY (mailbox_id, message)
) STRICT, WITHOUT ROWID;
INSERT INTO "mailbox_message" VALUES(1,4,0,1,1779500000);
INSERT INTO "mailbox_message" VALUES(1,13,1,0,1779500000);
CREATE TABLE policy_result (
	report_id   INTEGER NOT NULL REFERENCES report ON DELETE CASCADE,
	seq         INTEGER NOT NULL,
	day         INTEGER NOT NULL,
	domain_id   INTEGER REFERENCES domain,
	policy_type INTEGER NOT NULL,
	type_text   TEXT,    -- as written, where the type is unknown
	policy_id   INTEGER, -- policy_text
	successes   INTEGER NOT NULL,
	failures    INTEGER NOT NULL,
	details     INTEGER NOT NULL,
	PRIMARY KEY (report_id, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO "policy_result" VALUES(1,0,20593,1,1,NULL,1,40,0,1);
INSERT INTO "policy_result" VALUES(2,0,20594,1,1,NULL,2,41,1,1);
INSERT INTO "policy_result" VALUES(3,0,20595,1,1,NULL,3,42,2,1);
INSERT INTO "policy_result" VALUES(4,0,20596,1,1,NULL,4,43,3,1);
CREATE TABLE policy_text (
	id            INTEGER PRIMARY KEY,
	domain_id     INTEGER NOT NULL REFERENCES domain,
	policy_string TEXT NOT NULL, -- a line an element
	mx_host       TEXT NOT NULL, -- a line an element
	last_day      INTEGER NOT NULL,
	hash          INTEGER NOT NULL, -- of both texts
	first_day     INTEGER,
	first_proved  INTEGER
) STRICT;
INSERT INTO "policy_text" VALUES(1,1,'version: STSv1
mode: testing
mx: mx0.example.org
max_age: 86400','mx1.example.org',20623,393616098885086588,NULL,NULL);
INSERT INTO "policy_text" VALUES(2,1,'version: STSv1
mode: testing
mx: mx1.example.org
max_age: 86400','mx1.example.org',20624,543630860955354589,20594,20594);
INSERT INTO "policy_text" VALUES(3,1,'version: STSv1
mode: testing
mx: mx2.example.org
max_age: 86400','mx1.example.org',20625,7352982111256043622,NULL,NULL);
INSERT INTO "policy_text" VALUES(4,1,'version: STSv1
mode: testing
mx: mx3.example.org
max_age: 86400','mx1.example.org',20626,5545152381453898995,20596,20596);
CREATE TABLE raw (
	report_id INTEGER PRIMARY KEY REFERENCES report ON DELETE CASCADE,
	received  INTEGER NOT NULL,
	data      BLOB NOT NULL
) STRICT;
CREATE TABLE reason (
	id        INTEGER PRIMARY KEY,
	domain_id INTEGER NOT NULL REFERENCES domain,
	text      TEXT NOT NULL,
	last_day  INTEGER NOT NULL,
	UNIQUE (domain_id, text)
) STRICT;
INSERT INTO "reason" VALUES(1,1,'reason 0',20623);
INSERT INTO "reason" VALUES(2,1,'reason 1',20624);
INSERT INTO "reason" VALUES(3,1,'reason 2',20625);
INSERT INTO "reason" VALUES(4,1,'reason 3',20626);
CREATE TABLE report (
	id          INTEGER PRIMARY KEY,
	day         INTEGER NOT NULL,
	key         INTEGER NOT NULL, -- hash of what identifies it
	copy        INTEGER NOT NULL, -- 0 is the first that came
	digest      BLOB NOT NULL,    -- SHA-256 of the JSON
	reporter_id INTEGER NOT NULL REFERENCES reporter,
	sender_id   INTEGER NOT NULL REFERENCES sender,
	report_id   TEXT NOT NULL,
	begin       INTEGER NOT NULL,
	end         INTEGER NOT NULL, -- exclusive
	received    INTEGER NOT NULL,
	channel     INTEGER NOT NULL,
	trust       INTEGER NOT NULL,
	rank        INTEGER NOT NULL, -- enum rank in identity.h
	standing    INTEGER NOT NULL,
	quirks      INTEGER NOT NULL, -- bits, schema/quirk.h
	bytes       INTEGER NOT NULL, -- what it takes of a budget
	authentication INTEGER NOT NULL DEFAULT 0 -- of a mail: why that trust
) STRICT;
INSERT INTO "report" VALUES(1,20593,3187485221283075963,0,X'AFC501E68D1E83DA7BBC838BD813F7A053DE89BBDC60201962FA899EACE94795',1,1,'id-0',1779235200,1779321600,1780401600,5,1,1,1,0,371,0);
INSERT INTO "report" VALUES(2,20594,3387315637488731042,0,X'0B09D913381728E29AB70E0B192150D86DABBE7599E3C208397874FE2836E952',1,1,'id-1',1779321600,1779408000,1780401600,5,3,2,3,0,371,0);
INSERT INTO "report" VALUES(3,20595,1589674020263326058,0,X'EAA8BA5B337D424A1B391DD9A10611216F18223F397146F111BAC83302C4DCC6',1,1,'id-2',1779408000,1779494400,1780401600,5,1,1,1,0,371,0);
INSERT INTO "report" VALUES(4,20596,4967850000769745188,0,X'A292EE16744ADD83D887D70083B9673B115FFD7B3C8503B8CCBD8A371B9D0E27',1,1,'id-3',1779494400,1779580800,1780401600,5,3,2,3,0,371,0);
CREATE TABLE reporter (
	id             INTEGER PRIMARY KEY,
	name           TEXT NOT NULL UNIQUE,
	first_received INTEGER NOT NULL DEFAULT 0 -- first arrival
) STRICT;
INSERT INTO "reporter" VALUES(1,'sender.example',1780401600);
CREATE TABLE seen (
	domain_id   INTEGER NOT NULL REFERENCES domain,
	policy_type INTEGER NOT NULL,
	result_type INTEGER NOT NULL, -- -1: the policy type itself
	last_day    INTEGER NOT NULL,
	PRIMARY KEY (domain_id, policy_type, result_type)
) STRICT, WITHOUT ROWID;
INSERT INTO "seen" VALUES(1,1,-1,20623);
INSERT INTO "seen" VALUES(1,1,2,20623);
CREATE TABLE sender (
	id           INTEGER PRIMARY KEY,
	organization TEXT NOT NULL,
	contact      TEXT NOT NULL,
	UNIQUE (organization, contact)
) STRICT;
INSERT INTO "sender" VALUES(1,'Sender','tlsrpt@sender.example');
CREATE TABLE stock (
	name  TEXT PRIMARY KEY,
	rows  INTEGER NOT NULL,
	bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "stock" VALUES('anonymous',2,742);
INSERT INTO "stock" VALUES('reports',4,1484);
CREATE INDEX policy_text_hash ON policy_text (domain_id, hash);
CREATE UNIQUE INDEX report_key ON report (day, key, copy);
CREATE INDEX policy_result_failed ON policy_result (day, domain_id)
	WHERE failures > 0 OR details > 0;
CREATE UNIQUE INDEX ledger_digest ON ledger (class, digest);
CREATE INDEX ledger_age ON ledger (class);
COMMIT;
