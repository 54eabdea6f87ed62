# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Completion of efa-layout(1) for bash. Commands, options and what they take are read from the program's own --help, so that
# they are always those of the program that is installed.

# Takes a help text apart, into lines: "command NAME", "option --NAME ARGUMENT", "name ARGUMENT" for each word that is wanted
# beside options, in order, and "many" where there may be more of the last one. Alternatives are parted by "|".
_efa_layout_read_help() {
	awk '
	/^usage: / { usage = $0; in_usage = 1; next }
	in_usage && /^         / { usage = usage " " $0; next }
	{ in_usage = 0 }
	/^  [a-z]/ && usage ~ / COMMAND/ { print "command", $1 }
	/^  --[a-z-]+, --/ { print "option", substr($1, 1, length($1) - 1); print "option", $2; next }
	/^  --[a-z]/ { print "option", $1, /^  --[a-z-]+ [^ -]/ ? $2 : "" }
	END {
		many = usage ~ /[.][.][.]/
		gsub(/--[a-z-]+([ =][A-Za-z][^] |]*(\|[A-Za-z][^] |]*)*)?/, " ", usage)
		gsub(/[^A-Za-z=|]/, " ", usage)
		n = split(usage, word, " ")
		for (i = 1; i <= n; i++)
			if (word[i] ~ /^[A-Z]+(\|.*)?$/ && word[i] != "COMMAND")
				print "name", word[i]
		if (many)
			print "many"
	}' <<<"$1"
}

# Adds the words that may stand for an argument: _efa_layout_add ARGUMENT CURRENT PROGRAM [DIRECTORY-OPTIONS...]
_efa_layout_add() {
	local kinds=$1 current=$2 program=$3 kind words found state=/var/lib/efa-layout
	shift 3
	for ((i = 1; i < $#; i++)); do
		[ "${!i}" != --state-dir ] || { i=$((i + 1)) && state=${!i}; }
	done
	for kind in ${kinds//|/ }; do
		words=
		found=()
		case $kind in
		DIR | FOLDER | SNAPSHOT)
			compopt -o filenames 2>/dev/null
			mapfile -t found < <(compgen -d -- "$current")
			;;
		FILE | PROGRAM | PATH)
			compopt -o filenames 2>/dev/null
			mapfile -t found < <(compgen -f -- "$current")
			;;
		LAYOUT | TYPE) # a line each; what is set in belongs to the line above, and the heading is in capitals
			words=$("$program" "${kind,,}s" "$@" 2>/dev/null </dev/null | awk '/^[a-z0-9]/ { print $1 }')
			;;
		CODE)
			words=$("$program" list-checks 2>/dev/null </dev/null | awk '$1 ~ /^[A-Z][0-9]+$/ { print $1 }')
			current=${current^^}
			;;
		JOBID) # those that efa-layout knows of
			words=$(cd "$state/jobs" 2>/dev/null && printf '%s\n' *.verdict.json | sed -n 's/^\([0-9]*\)\.verdict\.json$/\1/p')
			;;
		*[a-z]*)
			words=$kind
			;;
		esac
		[ -z "$words" ] || mapfile -t found < <(compgen -W "$words" -- "$current")
		COMPREPLY+=("${found[@]}")
	done
}

_efa_layout() {
	local program=${COMP_WORDS[0]} current waiting='' many='' kind name argument i
	local -a words=() command=() names=() wanted=() directories=()
	local -A commands options taken=()
	COMPREPLY=()

	# The words as they were typed up to the cursor: bash parts them at "=".
	for ((i = 1; i <= COMP_CWORD; i++)); do
		if [[ ${#words[@]} -gt 0 && ${words[-1]} == --* && (${COMP_WORDS[i]} == "=" || ${words[-1]} == *=) ]]; then
			words[-1]+=${COMP_WORDS[i]}
		else
			words+=("${COMP_WORDS[i]}")
		fi
	done
	current=${words[-1]}
	unset 'words[-1]'

	# Down to the command that they name.
	while :; do
		commands=() options=() wanted=() many=
		while read -r kind name argument; do
			case $kind in
			command) commands[$name]=yes ;;
			option) options[$name]+=${options[$name]:+|}$argument ;;
			name) wanted+=("$name") ;;
			many) many=yes ;;
			esac
		done < <(_efa_layout_read_help "$("$program" "${command[@]}" --help 2>/dev/null </dev/null)")
		[[ ${#words[@]} -gt 0 && -n ${commands[${words[0]}]:-} ]] || break
		command+=("${words[0]}")
		words=("${words[@]:1}")
	done

	# What its words have said already.
	for i in "${words[@]}"; do
		name=${i%%=*}
		if [ -n "$waiting" ]; then
			argument=$i name=$waiting waiting=
		elif [[ $i == --*=* ]]; then
			argument=${i#*=}
		elif [[ $i == --* ]]; then
			[ -z "${options[$i]:-}" ] || waiting=$i
			taken[$i]=yes
			continue
		else
			names+=("$i")
			continue
		fi
		taken[$name]=yes
		case $name in --data-dir | --site-dir | --state-dir) directories+=("$name" "$argument") ;; esac
	done

	if [ -n "$waiting" ]; then
		_efa_layout_add "${options[$waiting]}" "$current" "$program" "${directories[@]}"
	elif [[ $current == --*=* ]]; then
		_efa_layout_add "${options[${current%%=*}]:-}" "${current#*=}" "$program" "${directories[@]}"
	elif [[ $current == -* ]]; then
		[ ${#command[@]} -gt 0 ] || options[--version]=
		options[--help]=
		for i in "${!taken[@]}"; do
			unset "options[$i]"
		done
		mapfile -t COMPREPLY < <(compgen -W "${!options[*]}" -- "$current")
	elif [ ${#commands[@]} -gt 0 ]; then
		[ ${#names[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -W "${!commands[*]}" -- "$current")
	elif [ ${#names[@]} -lt ${#wanted[@]} ]; then
		_efa_layout_add "${wanted[${#names[@]}]}" "$current" "$program" "${directories[@]}"
	elif [[ -n $many && ${#wanted[@]} -gt 0 ]]; then
		_efa_layout_add "${wanted[-1]}" "$current" "$program" "${directories[@]}"
	fi
}

complete -F _efa_layout efa-layout
