# Completion of tlsrpt-collector for bash.
_tlsrpt_collector() {
	local word=$2 before=$3 i verb=
	COMPREPLY=()
	case $before in
	-c | --config)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
		;;
	esac
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-c | --config) ((i++)) ;;
		-*) ;;
		*)
			verb=${COMP_WORDS[i]}
			break
			;;
		esac
	done
	if [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "--again --config --connect --keep --mtime --raw --reload --repair --help --version" -- "$word")
	elif [[ -z $verb ]]; then
		mapfile -t COMPREPLY < <(compgen -W "serve import submit poll reports refused reparse backup check-store check-config" -- "$word")
	elif [[ $verb == import || $verb == backup ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	elif [[ $verb == poll ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(sed -n 's/^\[mailbox  *\([^]]*\)\].*/\1/p' /etc/tlsrpt/tlsrpt.conf 2>/dev/null)" -- "$word")
	fi
}
complete -o filenames -F _tlsrpt_collector tlsrpt-collector
