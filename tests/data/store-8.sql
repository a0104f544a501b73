PRAGMA application_id = 1953264498;
PRAGMA user_version = 8;
BEGIN TRANSACTION;
CREATE TABLE change (
	seq       INTEGER PRIMARY KEY,
	domain_id INTEGER NOT NULL,
	day       INTEGER NOT NULL
) STRICT;
INSERT INTO "change" VALUES(1,1,20600);
INSERT INTO "change" VALUES(2,1,20601);
INSERT INTO "change" VALUES(3,1,20600);
INSERT INTO "change" VALUES(4,2,20602);
INSERT INTO "change" VALUES(5,1,20601);
INSERT INTO "change" VALUES(6,1,20602);
INSERT INTO "change" VALUES(7,1,20600);
INSERT INTO "change" VALUES(8,1,20603);
INSERT INTO "change" VALUES(9,1,20600);
INSERT INTO "change" VALUES(10,1,20601);
INSERT INTO "change" VALUES(11,1,20602);
INSERT INTO "change" VALUES(12,2,20602);
INSERT INTO "change" VALUES(13,1,20603);
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
INSERT INTO "counter" VALUES('ingested_failed_sessions','','',2);
INSERT INTO "counter" VALUES('ingested_sessions','','',116);
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
INSERT INTO "day_result" VALUES(20600,1,1,2,1,3,2);
INSERT INTO "day_result" VALUES(20602,1,1,2,5,4,5);
CREATE TABLE day_sum (
	day         INTEGER NOT NULL,
	domain_id   INTEGER NOT NULL REFERENCES domain,
	policy_type INTEGER NOT NULL,
	reporter_id INTEGER NOT NULL REFERENCES reporter,
	standing    INTEGER NOT NULL,
	policy_id   INTEGER NOT NULL,
	arrived     INTEGER NOT NULL,
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
	             policy_id, arrived)
) STRICT, WITHOUT ROWID;
INSERT INTO "day_sum" VALUES(20600,1,1,1,3,1,20601,1,40,2,42,2,0,0,0,2,0,0,0,0,1,0);
INSERT INTO "day_sum" VALUES(20600,1,1,1,3,1,20603,1,7,0,7,0,0,0,0,0,0,0,0,0,1,0);
INSERT INTO "day_sum" VALUES(20600,1,1,1,4,1,20604,1,4000,0,0,0,0,0,0,0,0,0,0,0,0,0);
INSERT INTO "day_sum" VALUES(20601,1,1,2,3,1,20602,1,4,0,4,0,0,0,0,0,0,0,0,0,1,0);
INSERT INTO "day_sum" VALUES(20601,1,1,3,3,1,20602,1,11,0,11,0,0,0,0,0,0,0,0,0,1,0);
INSERT INTO "day_sum" VALUES(20602,1,1,4,1,1,20603,1,12,0,12,0,0,0,0,0,0,0,0,0,1,0);
INSERT INTO "day_sum" VALUES(20602,1,1,5,2,1,20603,1,30,0,35,5,0,0,0,5,0,0,0,0,1,0);
INSERT INTO "day_sum" VALUES(20602,1,1,5,4,3,20604,1,31,5,0,0,0,0,0,0,0,0,0,0,0,0);
INSERT INTO "day_sum" VALUES(20602,2,1,1,3,2,20603,1,9,0,9,0,0,0,0,0,0,0,0,0,1,0);
INSERT INTO "day_sum" VALUES(20603,1,1,6,0,1,20604,1,1,0,0,0,0,0,0,0,0,0,0,0,0,0);
CREATE TABLE domain (
	id             INTEGER PRIMARY KEY,
	name           TEXT NOT NULL UNIQUE,
	admitted       INTEGER NOT NULL,           -- by `domains = *`
	last_end       INTEGER NOT NULL DEFAULT 0, -- of the newest period
	last_received  INTEGER NOT NULL DEFAULT 0, -- newest arrival
	distinct_since INTEGER NOT NULL DEFAULT 0,
	policies       INTEGER NOT NULL DEFAULT 0,
	hosts          INTEGER NOT NULL DEFAULT 0,
	reasons        INTEGER NOT NULL DEFAULT 0,
	unproved_policies INTEGER NOT NULL DEFAULT 0,
	unproved_hosts    INTEGER NOT NULL DEFAULT 0,
	unproved_reasons  INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO "domain" VALUES(1,'example.org',0,1780185600,1780275600,20606,2,2,0,0,0,0);
INSERT INTO "domain" VALUES(2,'example.net',0,1780099200,1780117200,20606,1,0,0,0,0,0);
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
INSERT INTO "failure_detail" VALUES(1,0,0,2,NULL,2,NULL,NULL,1,NULL,NULL,NULL);
INSERT INTO "failure_detail" VALUES(8,0,0,2,NULL,5,NULL,NULL,2,NULL,NULL,NULL);
CREATE TABLE host (
	id        INTEGER PRIMARY KEY,
	domain_id INTEGER NOT NULL REFERENCES domain,
	name      TEXT NOT NULL,
	last_day  INTEGER NOT NULL,
	UNIQUE (domain_id, name)
) STRICT;
INSERT INTO "host" VALUES(1,1,'mx.example.org',20630);
INSERT INTO "host" VALUES(2,1,'old.example.org',20632);
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
	duration_ms   INTEGER NOT NULL DEFAULT 0,
	fetched       INTEGER NOT NULL DEFAULT 0 -- messages, in all rounds
) STRICT;
CREATE TABLE mailbox_message (
	mailbox_id INTEGER NOT NULL REFERENCES mailbox ON DELETE CASCADE,
	message    INTEGER NOT NULL,
	state      INTEGER NOT NULL, -- enum message_state
	tries      INTEGER NOT NULL, -- to fetch it, or to mark it, that failed
	since      INTEGER NOT NULL, -- when it was met first
	copied     INTEGER NOT NULL DEFAULT 0, -- the folder that has a copy, or 0
	faults     INTEGER NOT NULL DEFAULT 0,
	others     INTEGER NOT NULL DEFAULT 0, -- mailbox.fetched at the last one
	next_try   INTEGER NOT NULL DEFAULT 0, -- not before
	PRIMARY KEY (mailbox_id, message)
) STRICT, WITHOUT ROWID;
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
	origin      INTEGER NOT NULL DEFAULT 0, -- 1: it names an MX host of the
	                                        -- domain; 2: another report
	                                        -- counts these sessions
	PRIMARY KEY (report_id, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO "policy_result" VALUES(1,0,20600,1,1,NULL,1,40,2,1,0);
INSERT INTO "policy_result" VALUES(2,0,20601,1,1,NULL,1,4,0,0,0);
INSERT INTO "policy_result" VALUES(3,0,20600,1,1,NULL,1,7,0,0,0);
INSERT INTO "policy_result" VALUES(4,0,20602,2,1,NULL,2,9,0,0,0);
INSERT INTO "policy_result" VALUES(5,0,20601,1,1,NULL,1,11,0,0,0);
INSERT INTO "policy_result" VALUES(6,0,20602,1,1,NULL,1,12,0,0,0);
INSERT INTO "policy_result" VALUES(7,0,20602,1,1,NULL,1,30,0,0,0);
INSERT INTO "policy_result" VALUES(8,0,20602,1,1,NULL,3,31,5,1,0);
INSERT INTO "policy_result" VALUES(9,0,20600,1,1,NULL,1,4000,0,0,0);
INSERT INTO "policy_result" VALUES(10,0,20603,1,1,NULL,1,1,0,0,0);
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
mx: mx.example.org
max_age: 86400','mx.example.org',20630,3728311134426684423,20600,20600);
INSERT INTO "policy_text" VALUES(2,2,'version: STSv1
mode: testing
mx: mx.example.org
max_age: 86400','mx.example.org',20632,3728311134426684423,20602,20602);
INSERT INTO "policy_text" VALUES(3,1,'version: STSv1
mode: testing
mx: old.example.org
max_age: 86400','old.example.org',20632,2820308712669544151,20602,20602);
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
CREATE TABLE report (
	id          INTEGER PRIMARY KEY,
	day         INTEGER NOT NULL,
	key         INTEGER NOT NULL, -- hash of what identifies it
	copy        INTEGER NOT NULL, -- in the order in which they came
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
	quirks      INTEGER NOT NULL, -- bits, schema/report/quirk.h
	bytes       INTEGER NOT NULL, -- what it takes of a budget
	authentication INTEGER NOT NULL DEFAULT 0 -- of a mail: why that trust
, proved INTEGER) STRICT;
INSERT INTO "report" VALUES(1,20600,1855817319743985271,0,X'B4204F1355A31012D3D26A70C0498AB45A62DDF866B361A808AEE1A0615B8C6C',1,1,'g-1',1779840000,1779926400,1779962400,5,3,2,3,0,457,0,1779962400);
INSERT INTO "report" VALUES(2,20601,7299053322862721454,0,X'8F03BA081A5585834A1A23413A8E210619E1B3AD20A0EB929C480B6BD7F7139A',2,1,'g-0',1779926400,1780012800,1780023600,5,3,2,3,0,383,0,1780023600);
INSERT INTO "report" VALUES(3,20600,4085957332593002706,0,X'76DC8D98390CD489AAC1F5C05B8395AD5E61B3715592C56B0813BCB1DA8FCE5A',1,1,'g-2',1779840000,1779926400,1780113600,5,3,2,3,0,383,0,1780113600);
INSERT INTO "report" VALUES(4,20602,2196310583351067821,0,X'D22B077AF7C4732E4A0BAC4713AC7601FBFF5C37CD4BCE6860B2D3C9D1E95454',1,1,'g-3',1780012800,1780099200,1780117200,5,3,2,3,0,383,0,1780117200);
INSERT INTO "report" VALUES(5,20601,3447025719270690296,0,X'39453D21A13EA2DFF49331A03A8194C3111DBD2208A9E43B2E32E4E0BB072CA8',3,2,'s-1',1779926400,1780012800,1780016400,5,3,2,3,0,391,0,1780016400);
INSERT INTO "report" VALUES(6,20602,134837631991518112,0,X'48B58CBAA51C3EAC12F95A167ABDFDE8B4780F8942C94A56DD2FA4107F7940C1',4,3,'o-1',1780012800,1780099200,1780102800,5,1,1,1,0,389,0,NULL);
INSERT INTO "report" VALUES(7,20602,7021556436883690066,0,X'3A2EF31707E6BB3779E39FDC9E54252C0EFBED8B7AD32173267F1242C351875B',5,4,'m-1',1780012800,1780099200,1780106400,5,2,2,2,0,389,0,1780106400);
INSERT INTO "report" VALUES(8,20602,7021556436883690066,1,X'53A0328C5FBB0D9140638BE306F26937B1988AF833D69C6291C4A55503A78508',5,4,'m-1',1780012800,1780099200,1780192800,5,3,2,4,0,466,0,1780192800);
INSERT INTO "report" VALUES(9,20600,1855817319743985271,1,X'7B8231A78EC899753BBC3674A5090AEB7F2915942559D7F189D0E4B5F584D254',1,1,'g-1',1779840000,1779926400,1780196400,5,1,1,4,0,383,0,NULL);
INSERT INTO "report" VALUES(10,20603,5238030975436112944,0,X'EE7FDC820197D1C04AD7B9FB1943199D51F592745D89C5BE36E4B25ACC6EE06B',6,5,'n-1',1780099200,1780185600,1780200000,5,0,0,0,0,391,0,NULL);
CREATE TABLE reporter (
	id             INTEGER PRIMARY KEY,
	name           TEXT NOT NULL UNIQUE,
	first_received INTEGER NOT NULL DEFAULT 0 -- first arrival
, first_proved INTEGER) STRICT;
INSERT INTO "reporter" VALUES(1,'google.com',1771200000,1779962400);
INSERT INTO "reporter" VALUES(2,'mail.google.com',1780023600,1780023600);
INSERT INTO "reporter" VALUES(3,'sender.example',1780016400,1780016400);
INSERT INTO "reporter" VALUES(4,'other.example',1780102800,NULL);
INSERT INTO "reporter" VALUES(5,'microsoft.com',1780106400,1780106400);
INSERT INTO "reporter" VALUES(6,'nobody.example',1780200000,NULL);
CREATE TABLE seen (
	domain_id   INTEGER NOT NULL REFERENCES domain,
	policy_type INTEGER NOT NULL,
	result_type INTEGER NOT NULL, -- -1: the policy type itself
	last_day    INTEGER NOT NULL,
	PRIMARY KEY (domain_id, policy_type, result_type)
) STRICT, WITHOUT ROWID;
INSERT INTO "seen" VALUES(1,1,-1,20630);
INSERT INTO "seen" VALUES(1,1,2,20630);
INSERT INTO "seen" VALUES(2,1,-1,20632);
CREATE TABLE sender (
	id           INTEGER PRIMARY KEY,
	organization TEXT NOT NULL,
	contact      TEXT NOT NULL,
	UNIQUE (organization, contact)
) STRICT;
INSERT INTO "sender" VALUES(1,'google.com','tlsrpt@google.com');
INSERT INTO "sender" VALUES(2,'sender.example','tlsrpt@sender.example');
INSERT INTO "sender" VALUES(3,'other.example','tlsrpt@other.example');
INSERT INTO "sender" VALUES(4,'microsoft.com','tlsrpt@microsoft.com');
INSERT INTO "sender" VALUES(5,'nobody.example','tlsrpt@nobody.example');
CREATE TABLE stock (
	name  TEXT PRIMARY KEY,
	rows  INTEGER NOT NULL,
	bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "stock" VALUES('anonymous',3,1163);
INSERT INTO "stock" VALUES('reports',10,4015);
CREATE INDEX policy_text_hash ON policy_text (domain_id, hash);
CREATE UNIQUE INDEX report_key ON report (day, key, copy);
CREATE INDEX policy_result_failed ON policy_result (day, domain_id)
	WHERE failures > 0 OR details > 0;
CREATE UNIQUE INDEX ledger_digest ON ledger (class, digest, trust, signer);
CREATE INDEX ledger_age ON ledger (class);
CREATE INDEX mailbox_message_state ON mailbox_message (mailbox_id, state)
	WHERE state > 1;
COMMIT;
