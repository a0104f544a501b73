#!/bin/sh
# The architecture, as a test. Usage: layers.sh SOURCE_DIRECTORY
#
# Includes point down only:  {collector, exporter} -> schema -> base
# Each foreign library has one door: the files that may include its header.
set -eu
cd "$1"
status=0

# forbid PATTERN IN... : no file under IN may include what PATTERN matches.
forbid() {
	pattern=$1
	shift
	if grep -rnE "^#include [<\"]$pattern" "$@"; then
		status=1
	fi
}

# door HEADER FILES : only paths matching FILES may include HEADER.
door() {
	if grep -rlE "^#include <$1" base schema collector exporter | grep -vxE "$2"; then
		status=1
	fi
}

forbid '(collector|exporter)/' base schema
forbid 'schema/' base
forbid 'exporter/' collector
forbid 'collector/' exporter

door 'jansson\.h' '(schema/report_(json|parse)\.[ch]|exporter/account_json\.c|collector/mailbox/secret\.c)'
door 'sqlite3\.h' 'schema/store(_[a-z]+)?\.[ch]'
door 'microhttpd\.h' 'base/httpd(_[a-z]+)?\.[ch]'
door 'zlib\.h' 'base/gzip\.c'
door 'zstd\.h' 'collector/mail/zstd\.c'
door 'gnutls/' 'base/(digest|httpd_tls|netstream)\.c'
door 'seccomp\.h' 'base/confine\.c'
door 'libetpan/' 'collector/(mail/mime|mailbox/imap_parts)\.[ch]'
door 'opendkim/' 'collector/mail/dkim\.c'
door 'unbound\.h' 'collector/mail/child_resolve\.c'
door '(idn2|libpsl)\.h' 'base/domain\.c'

# A header of parts is for the files of its own name only.
for parts in schema/store_parts.h exporter/families_parts.h exporter/model_parts.h exporter/verdict_parts.h exporter/judge_parts.h base/httpd_parts.h collector/mailbox/imap_parts.h collector/mailbox/mailboxes_parts.h; do
	name=${parts%_parts.h}
	if grep -rl "#include \"$parts\"" base schema collector exporter | grep -vE "^${name}(_[a-z]+)?\.[ch]$"; then
		status=1
	fi
done

exit "$status"
