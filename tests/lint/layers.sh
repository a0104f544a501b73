#!/bin/sh
# The architecture, as a test. Usage: layers.sh SOURCE_DIRECTORY
#
# Folders form one chain: an include points to the same folder or down it.
# Folders of one line stand side by side and know nothing of each other. Each
# foreign library has one door: the files that may include its header.
set -eu
cd "$1"
status=0

chain='base
base/httpd
schema
schema/report
schema/rules
schema/settings
schema/store
collector/config exporter/config
collector/mail exporter/verdict
collector/intake exporter/assess
collector/http collector/submit collector/mailbox exporter/model
collector/verbs exporter/metrics exporter/explain
collector exporter/http
exporter/verbs
exporter'

# Every include of ours, as "FILE FOLDER FOLDER": who, from where, to where.
includes=$(grep -rE '^#include "' --include='*.[ch]' base schema collector exporter |
	sed -nE 's,^(([a-z/0-9]+)/[a-z_0-9]+\.[ch]):#include "([a-z/0-9]+)/[^/"]*".*,\1 \2 \3,p' | sort -u)

if ! printf '%s\n--\n%s\n' "$chain" "$includes" | awk '
	$0 == "--" { edges = 1; next }
	!edges { for (i = 1; i <= NF; i++) level[$i] = NR; next }
	$2 == $3 { next }
	!($2 in level) || !($3 in level) { print $1 ": " $2 " or " $3 " is not in the chain of folders"; bad = 1; next }
	level[$3] >= level[$2] { print $1 ": includes from " $3 ", which is not below " $2; bad = 1; next }
	{ split($2, from, "/"); split($3, to, "/") }
	to[1] != from[1] && to[1] != "base" && to[1] != "schema" { print $1 ": includes from the other program"; bad = 1 }
	END { exit bad }'; then
	status=1
fi

# A private header is for the files of its own folder; in the store all are but
# those of its contract.
private=$(grep -rE '^#include "([^"]*_private|schema/store/[a-z_]+)\.h"' base schema collector exporter |
	grep -vE '"schema/store/(store|write|read|admin)\.h"' |
	awk -F'[:"]' '{ from = $1; to = $3; sub("/[^/]*$", "", from); sub("/[^/]*$", "", to); if (from != to) print $1 ": " $3 " is private" }')
if [ -n "$private" ]; then
	echo "$private"
	status=1
fi

# door HEADER FILES : only paths matching FILES may include HEADER.
door() {
	if grep -rlE "^#[[:space:]]*include[[:space:]]*[<\"]$1" base schema collector exporter | grep -vxE "$2"; then
		status=1
	fi
}

# JSON is read as a report and as a token, and written as both programs answer.
door 'jansson\.h' '(schema/report/report_(json|reader)\.[ch]|exporter/explain/explanation_json(_[a-z]+)?\.[ch]|collector/mailbox/secret\.c)'
# SQLite is below the store's engine.h; what it has besides that is for what is
# about the file of the store.
door 'sqlite3\.h' 'schema/store/engine_sqlite(_[a-z]+)?\.c'
door 'schema/store/engine_sqlite\.h' 'schema/store/(engine|engine_sqlite|store_(backup|check|file|migrate))\.c'
door 'schema/store/engine_sqlite_private\.h' 'schema/store/engine_sqlite(_[a-z]+)?\.c'
door 'microhttpd\.h' 'base/httpd/httpd(_[a-z]+)?\.[ch]'
door 'zlib\.h' 'base/gzip\.c'
door 'zstd\.h' 'collector/mail/zstd\.c'
# TLS: of what listens, of what connects; and its hashes.
door 'gnutls/' 'base/(digest|httpd/httpd_tls|netstream)\.c'
door 'seccomp\.h' 'base/confine\.c'
# MIME of messages, and IMAP of mailboxes.
door 'libetpan/' 'collector/(mail/mime|mailbox/imap_private)\.[ch]'
door 'opendkim/' 'collector/mail/dkim_verifier\.c'
door 'unbound\.h' 'collector/mail/resolver_worker\.c'
door '(idn2|libpsl)\.h' 'base/domain\.c'

exit "$status"
