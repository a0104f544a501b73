-- The store of a fresh install. This file is what the program runs and what
-- people read; schema/README.md follows each member of a report through it.
--
-- Days are UTC days since 1970-01-01, times are Unix seconds. The numbers of
-- policy types, result types, channels, trusts and ways to count are those of
-- the enums in report.h and outcome.h. Keys lead with the day, so that writing
-- touches few pages.

-- What repeats ------------------------------------------------------------

-- The operator's domains that a report spoke of. The counts are of the distinct
-- texts below since the day distinct_since, those that a proved report brought
-- apart from those of unproved ones; they start again after 90 days.
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

-- The reporters: d= of the signature, else contact-info's registrable domain,
-- else the cleaned organization-name. Both times are of arrival, whatever a
-- report says of its own; the row stays when the reports are deleted.
CREATE TABLE reporter (
	id             INTEGER PRIMARY KEY,
	name           TEXT NOT NULL UNIQUE,
	first_received INTEGER NOT NULL DEFAULT 0, -- first arrival
	first_proved   INTEGER -- first arrival of a proved one; NULL: none came
) STRICT;

-- What the documents say of their authors.
CREATE TABLE sender (
	id           INTEGER PRIMARY KEY,
	organization TEXT NOT NULL,
	contact      TEXT NOT NULL,
	UNIQUE (organization, contact)
) STRICT;

-- Texts that strangers choose, apart for each domain so that one domain's
-- flood is not another's. Rows that refer to them declare no foreign key:
-- deleting a text would have to search them all. last_day is at least the day
-- of the newest report that uses the text, and no text goes before that day.
-- first_day and first_proved are the first days on which a report that may be
-- evidence, and one whose reporter is proved, showed the policy: of reports that
-- arrive late, the third day before they did.
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

CREATE INDEX policy_text_hash ON policy_text (domain_id, hash);

CREATE TABLE host (
	id        INTEGER PRIMARY KEY,
	domain_id INTEGER NOT NULL REFERENCES domain,
	name      TEXT NOT NULL,
	last_day  INTEGER NOT NULL,
	UNIQUE (domain_id, name)
) STRICT;

CREATE TABLE reason (
	id        INTEGER PRIMARY KEY,
	domain_id INTEGER NOT NULL REFERENCES domain,
	text      TEXT NOT NULL,
	last_day  INTEGER NOT NULL,
	UNIQUE (domain_id, text)
) STRICT;

-- Reports -----------------------------------------------------------------

-- One row a stored copy of a report. Copies of one key differ in digest; at
-- most one of them counts, the others are displaced. begin_at, end_at,
-- received_at and proved_at are seconds after the beginning of the day.
CREATE TABLE report (
	id          INTEGER PRIMARY KEY,
	day         INTEGER NOT NULL,
	key         INTEGER NOT NULL, -- hash of what identifies it
	copy        INTEGER NOT NULL, -- in the order in which they came
	digest      BLOB NOT NULL,    -- of the JSON: SHA-256, the first 16 bytes
	reporter_id INTEGER NOT NULL REFERENCES reporter,
	sender_id   INTEGER NOT NULL REFERENCES sender,
	report_id   TEXT NOT NULL,
	begin_at    INTEGER NOT NULL,
	end_at      INTEGER NOT NULL, -- exclusive
	received_at INTEGER NOT NULL,
	proved_at   INTEGER, -- when the proof came, which may be later than
	                     -- received_at. NULL: it is not proved
	channel     INTEGER NOT NULL,
	trust       INTEGER NOT NULL,
	rank        INTEGER NOT NULL, -- enum rank in identity.h
	count_as    INTEGER NOT NULL,
	quirks      INTEGER NOT NULL, -- bits, schema/report/quirk.h
	bytes       INTEGER NOT NULL, -- what it takes of a budget
	authentication INTEGER NOT NULL, -- of a mail: why that trust
	body        BLOB NOT NULL -- policies[], packed: body.h
) STRICT;

CREATE UNIQUE INDEX report_key ON report (day, key, copy);

-- The reports that say of a domain that something failed. Only these are ever
-- looked for by domain; sums answer the rest.
CREATE TABLE failed (
	day       INTEGER NOT NULL,
	domain_id INTEGER NOT NULL REFERENCES domain,
	report_id INTEGER NOT NULL REFERENCES report,
	PRIMARY KEY (day, domain_id, report_id)
) STRICT, WITHOUT ROWID;

-- The bytes of accepted reports as they came, for raw_keep_days.
CREATE TABLE raw (
	report_id INTEGER PRIMARY KEY REFERENCES report ON DELETE CASCADE,
	received  INTEGER NOT NULL,
	data      BLOB NOT NULL
) STRICT;

-- Sums --------------------------------------------------------------------

-- Kept in step with the reports in the same transaction, and rebuilt from them
-- by store_rebuild_sums(). reports counts a report once for each domain.
-- trials to untested are the evidence of schema/rules/evidence.h. policy_id
-- is 0 where the report shows no policy. arrived is the day on which the
-- reports of the row arrived, or their proof if they are proved, so that it
-- tells on how many different days a reporter was heard of; 0: not known.
CREATE TABLE day_sum (
	day         INTEGER NOT NULL,
	domain_id   INTEGER NOT NULL REFERENCES domain,
	policy_type INTEGER NOT NULL,
	reporter_id INTEGER NOT NULL REFERENCES reporter,
	count_as    INTEGER NOT NULL,
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
	PRIMARY KEY (day, domain_id, policy_type, reporter_id, count_as,
	             policy_id, arrived)
) STRICT, WITHOUT ROWID;

CREATE TABLE day_result (
	day         INTEGER NOT NULL,
	domain_id   INTEGER NOT NULL REFERENCES domain,
	policy_type INTEGER NOT NULL,
	result_type INTEGER NOT NULL,
	reporter_id INTEGER NOT NULL REFERENCES reporter,
	count_as    INTEGER NOT NULL,
	sessions    INTEGER NOT NULL,
	PRIMARY KEY (day, domain_id, policy_type, result_type, reporter_id,
	             count_as)
) STRICT, WITHOUT ROWID;

-- Which series a domain has: a policy type, or (result_type >= 0) a result
-- type under it, and a day not before that of the newest report with it.
CREATE TABLE series (
	domain_id   INTEGER NOT NULL REFERENCES domain,
	policy_type INTEGER NOT NULL,
	result_type INTEGER NOT NULL, -- -1: the policy type itself
	last_day    INTEGER NOT NULL,
	PRIMARY KEY (domain_id, policy_type, result_type)
) STRICT, WITHOUT ROWID;

-- Which domains' sums changed, in order; readers go on after the last seq they
-- know. The oldest rows go.
CREATE TABLE change (
	seq       INTEGER PRIMARY KEY,
	domain_id INTEGER NOT NULL,
	day       INTEGER NOT NULL
) STRICT;

-- The collector's own work --------------------------------------------------

-- Counters never go down; their names and labels are those of the metrics.
CREATE TABLE counter (
	name  TEXT NOT NULL,
	first TEXT NOT NULL, -- value of the first label, or ''
	other TEXT NOT NULL, -- value of the second label, or ''
	value INTEGER NOT NULL,
	PRIMARY KEY (name, first, other)
) STRICT, WITHOUT ROWID;

-- What is kept in step instead of being counted anew: the reports, what of the
-- store is anonymous, the domains admitted, and the groups of the ledger.
CREATE TABLE usage (
	name  TEXT PRIMARY KEY,
	rows  INTEGER NOT NULL,
	bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Times and other single numbers: 'newest_commit', 'last_success:https', ...
CREATE TABLE timestamp (
	name  TEXT PRIMARY KEY,
	value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What the running collector says of itself, at most every 15 seconds.
CREATE TABLE collector_state (
	name  TEXT NOT NULL,
	first TEXT NOT NULL, -- value of the first label, or ''
	other TEXT NOT NULL, -- value of the second label, or ''
	value REAL NOT NULL,
	PRIMARY KEY (name, first, other)
) STRICT, WITHOUT ROWID;

-- Inputs that were refused or ignored, with their bytes. Each class has its
-- own budget and evicts its own oldest. The same bytes again, with the same
-- trust and signer, are one row.
CREATE TABLE ledger (
	id       INTEGER PRIMARY KEY,
	class    INTEGER NOT NULL,
	digest   BLOB NOT NULL, -- of data: SHA-256, the first 16 bytes
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

CREATE UNIQUE INDEX ledger_digest ON ledger (class, digest, trust, signer);
CREATE INDEX ledger_age ON ledger (class); -- and id, as every index

-- Mailboxes by their names in the configuration, and how their rounds went.
-- validity says what the numbers of messages belong to: where the mailbox is,
-- and UIDVALIDITY. Messages up to done_to are done, but for those below.
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

-- Single messages by UID, place in the file, or hash of UIDL or file name:
-- done ones over done_to, and all that are not done. A fault is a try in which
-- this message alone failed while others were fetched.
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

CREATE INDEX mailbox_message_state ON mailbox_message (mailbox_id, state)
	WHERE state > 1;
