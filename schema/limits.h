/*
 * Ceilings for what strangers send, each with its reason. What concerns one
 * file alone stands there. No types here, so that everybody may include it.
 */
#ifndef SCHEMA_LIMITS_H
#define SCHEMA_LIMITS_H

/* --- one report ---------------------------------------------------------- */

/* Defaults of max_gzip_body and max_json: RFC 8460 section 5.2 speaks of
   10 MB as a commonly observed limit of a mail; the largest report that we
   have seen described, 5 000 failure details, is 60 KB compressed and 1.6 MB
   expanded. */
#define LIMIT_GZIP_BODY (1024 * 1024)
#define LIMIT_JSON      (8 * 1024 * 1024)
/* Of a report as it is stored: without the names of members it is shorter. */
#define LIMIT_BODY LIMIT_JSON

/* Deflate cannot expand more than 1 032 times; real reports of repeated rows
   reach 60. */
#define LIMIT_GZIP_RATIO 200U

/* Of a compressed message, which may be any mail: an attachment of zeros reaches
   deflate's own limit. What it expands to has max_message as its limit. */
#define LIMIT_MESSAGE_RATIO 1100U

/* Real files have one member. An empty one costs 20 bytes, so that without a
   limit a megabyte would be 50 000 restarts for nothing. */
#define LIMIT_GZIP_MEMBERS 64U

/* The parser's memory, all of it: the text, what jansson makes of it (6 to 10
   times the JSON for real reports, 89 times for [{},{},...]), and the report. */
#define LIMIT_PARSER_FACTOR 17U
#define LIMIT_PARSER_BASE   (64U * 1024U)
#define LIMIT_PARSER_MAX    (64U * 1024U * 1024U)

/* The schema's deepest member lies at 6. */
#define LIMIT_JSON_DEPTH 16U

/* 20 times the largest number that a generator of test data was asked for;
   real reports have up to 50. */
#define LIMIT_POLICIES 1024U

/* A provider's worst day: one row per sending address and fault. */
#define LIMIT_DETAILS 32768U

/* Names of receiving MXs in a report that are converted from another script,
   at some cost each; what comes then is kept as it is written. Mail servers
   have ASCII names in the sessions that are reported. */
#define LIMIT_U_LABELS 256U

/* Elements of policy-string and mx-host. A policy file has at most 64 KiB
   (RFC 8461 section 3.3); nobody lists more MX hosts than this. */
#define LIMIT_LIST 256U

/* A report-id over this is refused: it is part of the key. */
#define LIMIT_REPORT_ID 1024U

/* Any other string is cut here, with a flag. */
#define LIMIT_STRING 1024U

/* Integers in JSON are exact to here (RFC 7493 section 2.2); more is refused. */
#define LIMIT_COUNT_MAX 9007199254740991

/* More than the world's mail in a day is kept as this, with a flag. */
#define LIMIT_COUNT_CAP 1000000000000

/* Sessions of a report in all its elements, and in all its failure details:
   what one element may say of both kinds. More is refused, so that no sum of
   less than 2^63 / (2 * 10^12) = 4.6 million reports overflows; the smallest
   take 280 bytes of anonymous_bytes, of which 1 GiB holds 3.9 million. */
#define LIMIT_REPORT_SESSIONS (2 * LIMIT_COUNT_CAP)

/* What a report may become when each element about an MX host is one for every
   domain that names the host in mx_hosts: elements for each such line of the
   configuration, and failure details in all, which are rows of the store. */
#define LIMIT_MX_ELEMENTS 4U
#define LIMIT_MX_DETAILS  (8U * LIMIT_DETAILS)

/* --- time ---------------------------------------------------------------- */

/* How far a range may end ahead of now: a day for a sender who writes the end
   of the running day, an hour for the clock. */
#define LIMIT_FUTURE_SECONDS (25 * 3600)

/* Longer ranges say nothing about a day. Weekly ones have been seen. */
#define LIMIT_RANGE_SECONDS (8 * 86400)

/* Longer ranges are shown, but are no evidence for one day. */
#define LIMIT_EVIDENCE_RANGE_SECONDS (36 * 3600)

/* An anonymous report that comes later than this is shown, but is no
   evidence: an honest sender retries for 24 hours (RFC 8460 section 5.5). */
#define LIMIT_ANONYMOUS_DELAY_SECONDS (3 * 86400)

/* A report that comes later than this is flagged. */
#define LIMIT_LATE_SECONDS (3 * 86400)

/* When the clock is further behind the newest commit than this, it is the
   clock that is wrong. */
#define LIMIT_CLOCK_SECONDS 3600

/* --- the store ----------------------------------------------------------- */

/* Copies kept of one key, proved and unproved ones apart; more are kept in the
   ledger. */
#define LIMIT_COPIES 4

/* Reports of one (domain, reporter, day), proved and unproved apart. The
   largest senders split by their own data centres: dozens, not hundreds. */
#define LIMIT_REPORTS_A_DAY 64

/* Distinct reasons, hosts and policy texts of a domain in 90 days, each, and
   of proved and unproved reports apart; what comes then is booked as
   _other. */
#define LIMIT_DISTINCT      4096
#define LIMIT_DISTINCT_DAYS 90

/* Policies of a domain in as many days that a proved reporter may show however
   many others have shown: nobody who signs takes the policy from another's
   reports. A domain changes its policy a few times a year. In a report it is
   asked of so many domains, for the answer takes some 400 seeks. */
#define LIMIT_OWN_POLICIES 16
#define LIMIT_OWN_ASKED    16U

/* Domains that `domains = *` admits when max_domains is not set. */
#define LIMIT_ADMITTED 10000

/* Rows of the journal of changes: two days of a provider with a report a
   second. An exporter further behind reads everything again. */
#define LIMIT_CHANGES 200000

/* Cached ids of repeated strings in a generation of the cache, and the bytes of
   their texts: at most 8 MiB in both generations, and what 20 000 domains that
   report in turn need. */
#define LIMIT_CACHED_IDS   16384U
#define LIMIT_CACHED_BYTES (2U * 1024U * 1024U)

/* Reports in one transaction; a commit then takes some 5 ms. It ends earlier
   at so many microseconds of estimated work, for a sender waits for it. */
#define LIMIT_BATCH      256U
#define LIMIT_BATCH_COST 50000

/* What takes longer or more memory has batches of its own, one report each. */
#define LIMIT_CHEAP_COST   25000
#define LIMIT_CHEAP_MEMORY (1024U * 1024U)

/* What may wait for the writer, of cheap inputs and of others: bytes, and
   microseconds of estimated work. A cheap one waits for no more than that and
   one other. A network (an IPv4 /24, an IPv6 /32) may fill half. */
#define LIMIT_QUEUE_MEMORY (32U * 1024U * 1024U)
#define LIMIT_CHEAP_WAIT   1000000
#define LIMIT_OTHER_WAIT   10000000

/* JSON over this is prepared by a thread of its own, one report at a time from
   the first byte to its commit; so many may wait for that, and so many of a
   network (an IPv4 /24, an IPv6 /32). Who had one of the last so many comes
   after who had none: less is forgotten while a flood goes on, more would keep
   a sender's second report from its turn for longer. */
#define LIMIT_SMALL_JSON       (256U * 1024U)
#define LIMIT_LARGE_WAITING    16U
#define LIMIT_LARGE_OF_NETWORK 4U
#define LIMIT_LARGE_REMEMBERED 256U

/* How long a writer waits for another one's transaction. */
#define LIMIT_BUSY_MS 5000

#endif
