# bash completion for caucus(1); made by `caucus --completion`
_caucus() {
	local cur=${COMP_WORDS[COMP_CWORD]} options=
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "help new ls show result invite join opinion ballot rate critique position importance prefer dissent survey abstain withdraw erase next nudge extend pause resume propose withhold strike remove appoint override abort watch chat export report import verify replay whatif receipt metrics prompt tally run irc" -- "$cur")
		return
	fi
	case ${COMP_WORDS[1]} in
	new) options=" --affirming --negating --preset --set --seed --endpoint --like --label --survey" ;;
	ls) options=" --forget" ;;
	show) options="" ;;
	result) options=" --language" ;;
	invite) options=" --role --uses --expires" ;;
	join) options=" --name --yes --label" ;;
	opinion) options=" --take-back" ;;
	ballot) options=" --agreement --quality --take-back" ;;
	rate) options=" --quality" ;;
	critique) options=" --take-back" ;;
	position) options=" --take-back" ;;
	importance) options=" --take-back" ;;
	prefer) options=" --take-back" ;;
	dissent) options=" --sign --take-back" ;;
	survey) options=" --take-back" ;;
	abstain) options="" ;;
	withdraw) options=" --erase --yes" ;;
	erase) options=" --of --quotes --preview --yes" ;;
	next) options=" --phase" ;;
	nudge) options="" ;;
	extend) options="" ;;
	pause) options="" ;;
	resume) options="" ;;
	propose) options="" ;;
	withhold) options="" ;;
	strike) options="" ;;
	remove) options="" ;;
	appoint) options="" ;;
	override) options="" ;;
	abort) options="" ;;
	watch) options=" --give-up" ;;
	chat) options=" --plain --language" ;;
	export) options=" --format --output --of --anonymous --formulas" ;;
	report) options=" --output --language" ;;
	import) options=" --output --participants --question --seed" ;;
	verify) options=" --jobs" ;;
	replay) options=" --jobs --endpoint --model --key-file --output" ;;
	whatif) options=" --method --tie-break --without --double --only-cast --only-predicted --candidates --slate --seed --influence --csv --jobs --endpoint --model --key-file --output" ;;
	receipt) options="" ;;
	metrics) options=" --csv --embeddings --model --key-file" ;;
	prompt) options=" --attempt --part --template" ;;
	tally) options=" --method --tie-break --seed --places --explain --list" ;;
	run) options=" --offline --endpoint --model --key-file --set --seed --record --show --jobs --output --csv" ;;
	irc) options="" ;;
	esac
	case ${COMP_WORDS[1]} in
	new | ls | join | import | verify | replay | whatif | receipt | metrics | tally | run | irc | help) ;;
	*) options+=" --session --as" ;;
	esac
	options+=" --help --json --socket"
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}
complete -o filenames -F _caucus caucus
