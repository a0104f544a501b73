PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
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
) STRICT;
INSERT INTO domain VALUES(1,'example.org',0,1795305600,1795365591,20782,1,1,0);
CREATE TABLE reporter (
	id             INTEGER PRIMARY KEY,
	name           TEXT NOT NULL UNIQUE,
	first_received INTEGER NOT NULL DEFAULT 0 -- first arrival
) STRICT;
INSERT INTO reporter VALUES(1,'sender.example',1795365584);
CREATE TABLE sender (
	id           INTEGER PRIMARY KEY,
	organization TEXT NOT NULL,
	contact      TEXT NOT NULL,
	UNIQUE (organization, contact)
) STRICT;
INSERT INTO sender VALUES(1,'Sender','tlsrpt@sender.example');
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
INSERT INTO policy_text VALUES(1,1,replace('version: STSv1\nmode: testing\nmx: mx1.example.org\nmax_age: 86400','\n',char(10)),'mx1.example.org',20808,543630860955354589,20776,20776);
CREATE TABLE host (
	id        INTEGER PRIMARY KEY,
	domain_id INTEGER NOT NULL REFERENCES domain,
	name      TEXT NOT NULL,
	last_day  INTEGER NOT NULL,
	UNIQUE (domain_id, name)
) STRICT;
INSERT INTO host VALUES(1,1,'mx1.example.org',20807);
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
	bytes       INTEGER NOT NULL  -- what it takes of a budget
) STRICT;
INSERT INTO report VALUES(1,20778,5163756100559726128,0,X'cc2f1365de9f0e4e8a1cd7db69eebb190662ac8f4e1065d115877b62a24a95bb',1,1,'id-0',1795219200,1795305600,1795365584,5,1,1,1,0,311);
INSERT INTO report VALUES(2,20777,7422321173374062787,0,X'9e4400492ef1d06abdfc1690d9a0b9e22808b1912a59f59cc9c4883319d34c06',1,1,'id-1',1795132800,1795219200,1795365585,5,3,2,3,0,371);
INSERT INTO report VALUES(3,20776,3384289989196163541,0,X'b2b493e61878508b2b43bcb0b7fd09727e709726dfae5e680b7c32d5b4f1317f',1,1,'id-2',1795046400,1795132800,1795365586,5,2,2,2,0,311);
INSERT INTO report VALUES(4,20778,3231596748766687040,0,X'2600e3b2de8ae44ad242c8c1778a9e7e762547ea2aee0555b21d8afef601149d',1,1,'id-3',1795219200,1795305600,1795365587,5,0,0,0,0,371);
INSERT INTO report VALUES(5,20777,855570356361456861,0,X'8a950b192443ac03e02ab2a5572890406ab56d2b1242db1ce798e89368824afd',1,1,'id-4',1795132800,1795219200,1795365588,5,1,1,1,0,311);
INSERT INTO report VALUES(6,20776,9097707366640531269,0,X'be0a08d8960d1ff289dbb425468c9210ed6588021d781cb0bee0526ded42aaf4',1,1,'id-5',1795046400,1795132800,1795365589,5,3,2,3,0,371);
INSERT INTO report VALUES(7,20778,8963974775843528632,0,X'08b0f6687d94e499dddf9e5df8ce47e97659095dc7fb89bf9e9f70da42bd828b',1,1,'id-6',1795219200,1795305600,1795365590,5,2,2,2,0,311);
INSERT INTO report VALUES(8,20777,8859142985222001232,0,X'0da5e7eeacc95e3942d8d16c4086b5e60d56e55394efb7a1f2accd2740f5412f',1,1,'id-7',1795132800,1795219200,1795365591,5,0,0,0,0,371);
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
INSERT INTO policy_result VALUES(1,0,20778,1,1,NULL,1,40,0,0);
INSERT INTO policy_result VALUES(2,0,20777,1,1,NULL,1,40,1,1);
INSERT INTO policy_result VALUES(3,0,20776,1,1,NULL,1,40,0,0);
INSERT INTO policy_result VALUES(4,0,20778,1,1,NULL,1,40,1,1);
INSERT INTO policy_result VALUES(5,0,20777,1,1,NULL,1,40,0,0);
INSERT INTO policy_result VALUES(6,0,20776,1,1,NULL,1,40,1,1);
INSERT INTO policy_result VALUES(7,0,20778,1,1,NULL,1,40,0,0);
INSERT INTO policy_result VALUES(8,0,20777,1,1,NULL,1,40,1,1);
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
INSERT INTO failure_detail VALUES(2,0,0,2,NULL,1,NULL,NULL,1,NULL,NULL,NULL);
INSERT INTO failure_detail VALUES(4,0,0,2,NULL,1,NULL,NULL,1,NULL,NULL,NULL);
INSERT INTO failure_detail VALUES(6,0,0,2,NULL,1,NULL,NULL,1,NULL,NULL,NULL);
INSERT INTO failure_detail VALUES(8,0,0,2,NULL,1,NULL,NULL,1,NULL,NULL,NULL);
CREATE TABLE raw (
	report_id INTEGER PRIMARY KEY REFERENCES report ON DELETE CASCADE,
	received  INTEGER NOT NULL,
	data      BLOB NOT NULL
) STRICT;
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
INSERT INTO day_sum VALUES(20776,1,1,1,2,1,1,40,0,40,0,0,0,0,0,0,0,0,0,1,0);
INSERT INTO day_sum VALUES(20776,1,1,1,3,1,1,40,1,41,1,0,0,0,1,0,0,0,0,1,0);
INSERT INTO day_sum VALUES(20777,1,1,1,0,1,1,40,1,0,0,0,0,0,0,0,0,0,0,0,0);
INSERT INTO day_sum VALUES(20777,1,1,1,1,1,1,40,0,40,0,0,0,0,0,0,0,0,0,1,0);
INSERT INTO day_sum VALUES(20777,1,1,1,3,1,1,40,1,41,1,0,0,0,1,0,0,0,0,1,0);
INSERT INTO day_sum VALUES(20778,1,1,1,0,1,1,40,1,0,0,0,0,0,0,0,0,0,0,0,0);
INSERT INTO day_sum VALUES(20778,1,1,1,1,1,1,40,0,40,0,0,0,0,0,0,0,0,0,1,0);
INSERT INTO day_sum VALUES(20778,1,1,1,2,1,1,40,0,40,0,0,0,0,0,0,0,0,0,1,0);
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
INSERT INTO day_result VALUES(20776,1,1,2,1,3,1);
INSERT INTO day_result VALUES(20777,1,1,2,1,0,1);
INSERT INTO day_result VALUES(20777,1,1,2,1,3,1);
INSERT INTO day_result VALUES(20778,1,1,2,1,0,1);
CREATE TABLE seen (
	domain_id   INTEGER NOT NULL REFERENCES domain,
	policy_type INTEGER NOT NULL,
	result_type INTEGER NOT NULL, -- -1: the policy type itself
	last_day    INTEGER NOT NULL,
	PRIMARY KEY (domain_id, policy_type, result_type)
) STRICT, WITHOUT ROWID;
INSERT INTO seen VALUES(1,1,-1,20808);
INSERT INTO seen VALUES(1,1,2,20808);
CREATE TABLE change (
	seq       INTEGER PRIMARY KEY,
	domain_id INTEGER NOT NULL,
	day       INTEGER NOT NULL
) STRICT;
INSERT INTO change VALUES(1,1,20778);
INSERT INTO change VALUES(2,1,20777);
INSERT INTO change VALUES(3,1,20776);
INSERT INTO change VALUES(4,1,20778);
INSERT INTO change VALUES(5,1,20777);
INSERT INTO change VALUES(6,1,20776);
INSERT INTO change VALUES(7,1,20778);
INSERT INTO change VALUES(8,1,20777);
CREATE TABLE counter (
	name  TEXT NOT NULL,
	first TEXT NOT NULL, -- value of the first label, or ''
	other TEXT NOT NULL, -- value of the second label, or ''
	value INTEGER NOT NULL,
	PRIMARY KEY (name, first, other)
) STRICT, WITHOUT ROWID;
INSERT INTO counter VALUES('ingested_failed_sessions','','',4);
INSERT INTO counter VALUES('ingested_sessions','','',324);
INSERT INTO counter VALUES('unknown_result_types','','',0);
CREATE TABLE stock (
	name  TEXT PRIMARY KEY,
	rows  INTEGER NOT NULL,
	bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO stock VALUES('anonymous',4,1364);
INSERT INTO stock VALUES('reports',8,2728);
CREATE TABLE fact (
	name  TEXT PRIMARY KEY,
	value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO fact VALUES('newest_commit',1795624784);
CREATE TABLE collector_state (
	name  TEXT NOT NULL,
	first TEXT NOT NULL, -- value of the first label, or ''
	other TEXT NOT NULL, -- value of the second label, or ''
	value REAL NOT NULL,
	PRIMARY KEY (name, first, other)
) STRICT, WITHOUT ROWID;
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
CREATE INDEX policy_text_hash ON policy_text (domain_id, hash);
CREATE UNIQUE INDEX report_key ON report (day, key, copy);
CREATE INDEX policy_result_failed ON policy_result (day, domain_id)
	WHERE failures > 0 OR details > 0;
CREATE UNIQUE INDEX ledger_digest ON ledger (class, digest);
CREATE INDEX ledger_age ON ledger (class);
COMMIT;
PRAGMA application_id=1953264498;
PRAGMA user_version=2;
