#!/bin/sh
# Every option is in the manual page and the sample file, every verb in its
# manual page, and every test that SECURITY.md names in tests.
# Usage: docs.sh SOURCE_DIRECTORY
set -eu
cd "$1"
status=0

say() {
	echo "$1" >&2
	status=1
}

options=$(sed -n 's/^[[:space:]]*{"\([a-z_]*\)", OPTION_[^R].*/\1/p; s/^[[:space:]]*{"\([a-z_]*\)", OPTION_RATIO.*/\1/p' schema/settings/settings.c schema/settings/thresholds.c collector/config/config.c collector/config/mailbox_settings.c exporter/config/config.c
	sed -n 's/^[[:space:]]*\(DAYS\|COUNT\|RANGE\|RATIO\|NAMES\)(\([a-z_]*\), .*/\2/p' schema/settings/thresholds.c)
for option in $options; do
	grep -q "^\.It Cm $option" collector/dist/tlsrpt.conf.5 || say "tlsrpt.conf(5) lacks $option"
	grep -qE "^#?$option =" collector/dist/tlsrpt.conf || say "the sample configuration lacks $option"
done
for option in $(sed -n 's/^\.It Cm \([a-z_]*\).*/\1/p' collector/dist/tlsrpt.conf.5); do
	echo "$options" | grep -qx "$option" || say "tlsrpt.conf(5) has $option, which there is not"
done

# Default and range of each parameter of the verdict, as the manual page says
# them: KEY|DEFAULT|RANGE.
parameters() {
	sed -n -e 's/^[[:space:]]*\(DAYS\|RANGE\)(\([a-z_]*\), "\([0-9]*\)", \([0-9]*\), \([0-9]*\)),$/\2|\3|; \4 to \5/p' \
		-e 's/^[[:space:]]*COUNT(\([a-z_]*\), "\([0-9]*\)"),$/\1|\2|; at least 1/p' \
		-e 's/^[[:space:]]*RATIO(\([a-z_]*\), "\([0-9.]*[1-9]\)0*"),$/\1|\2|; above 0, at most 1/p' \
		-e 's/^[[:space:]]*{"\([a-z_]*\)", OPTION_RATIO, [^"]*"\([0-9.]*\)", 1, MILLION - 1, NULL},$/\1|\2|; above 0, less than 1/p' \
		-e 's/^[[:space:]]*NAMES(\([a-z_]*\), NULL),$/\1||/p' \
		-e 's/^[[:space:]]*NAMES(\([a-z_]*\), "\(.*\)"),$/\1|\2|/p' schema/settings/thresholds.c
	echo 'assume_policy_when_missing|yes|'
	echo 'trust_https|limited|'
}
there=$(parameters)
while IFS='|' read -r key default range; do
	said=$(sed -n '/^\.Ss \[verdict\]/,/^\.Ss \[domain/p;/^\.Sh PARAMETERS/,/^\.Sh SEE/p' collector/dist/tlsrpt.conf.5 |
		sed -n "/^\.It Cm $key\$/{n;p;q;}")
	[ "$said" = "Default ${default:-none}$range." ] || say "tlsrpt.conf(5) says of $key: $said, not: Default ${default:-none}$range."
	grep -q "^#$key =${default:+ $default}\$" collector/dist/tlsrpt.conf || say "the sample configuration lacks #$key = $default"
done <<-END
	$there
END
[ "$(echo "$there" | wc -l)" = "$(sed -n 's/^#define THRESHOLDS_COUNT //p' schema/settings/thresholds.h)" ] || say "docs.sh reads only some parameters of the verdict"

# By the tables of verbs and options.
verbs() {
	sed -n 's/^[[:space:]]*{"\([a-z-]*\)", "[^"]*", [01], .*/\1/p' "$1/main.c"
}
options() {
	sed -n 's/^[[:space:]]*{"\([a-z]*\)", \(no\|required\)_argument.*/--\1/p' "$1/verbs/verbs.c" base/command.c
}

for program in collector exporter; do
	for verb in $(verbs $program); do
		grep -q "$verb" $program/dist/tlsrpt-$program.8 || say "tlsrpt-$program(8) lacks $verb"
	done
done

# Verbs and options at a shell's fingertips, and none that there is not.
for program in collector exporter; do
	said=$(bash -c "source $program/dist/tlsrpt-$program.bash
		for start in '' --; do
			COMP_WORDS=(tlsrpt-$program \"\$start\") COMP_CWORD=1
			_tlsrpt_$program tlsrpt-$program \"\$start\" tlsrpt-$program
			printf '%s\n' \"\${COMPREPLY[@]}\"
		done" | sort -u)
	there=$({
		verbs $program
		options $program
	} | grep . | sort -u)
	[ "$said" = "$there" ] || say "tlsrpt-$program.bash completes other words than there are: $(printf '%s\n%s\n' "$said" "$there" | sort | uniq -u | tr '\n' ' ')"
done

# A claim names the test that holds it.
# shellcheck disable=SC2016 # backticks of the text
for word in $(grep -oE '`[a-z0-9]+(_[a-z0-9]+)+(\.py)?`' SECURITY.md | tr -d '`' | sort -u); do
	case $word in
	*.py) [ -n "$(find tests -name "$word")" ] ;;
	*) grep -qrw "$word" base schema collector exporter tests ;;
	esac || say "SECURITY.md names $word, which there is not"
done

if command -v mandoc >/dev/null; then
	mandoc -T lint -W warning collector/dist/tlsrpt-collector.8 collector/dist/tlsrpt.conf.5 exporter/dist/tlsrpt-exporter.8 || status=1
fi
exit "$status"
