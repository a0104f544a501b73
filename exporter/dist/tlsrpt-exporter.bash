# Completion of tlsrpt-exporter for bash.
_tlsrpt_exporter() {
	local word=$2 before=$3 i verb=
	COMPREPLY=()
	case $before in
	-c | --config | --output)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
		;;
	esac
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-c | --config | --output | --at | --without | --accept | --from | --to | --label | --families | --split) ((i++)) ;;
		-*) ;;
		*)
			verb=${COMP_WORDS[i]}
			break
			;;
		esac
	done
	if [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "--config --json --explain --at --without --accept --from --to --label --families --split --output --help --version" -- "$word")
	elif [[ -z $verb ]]; then
		mapfile -t COMPREPLY < <(compgen -W "serve verdict backfill check-config" -- "$word")
	elif [[ $verb == verdict ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(sed -n -e '/^\[/q' -e 's/^domains *=//p' /etc/tlsrpt/tlsrpt.conf 2>/dev/null | tr , ' ')" -- "$word")
	fi
}
complete -o filenames -F _tlsrpt_exporter tlsrpt-exporter
