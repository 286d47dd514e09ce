#!/bin/sh
# A whole deliberation of two people, by nc alone: what any program does that
# speaks with caucusd.  One line goes out, one line comes back.
#
#   scripts/examples/by-nc.sh [SOCKET]
#
# caucus-protocol(7) tells every method.  One connection speaks for everybody
# here, as a chat bridge does, so each contribution says whose it is.
set -eu
socket=${1:-${CAUCUS_SOCKET:-/run/caucus/caucusd.sock}}

# nc stays open between two pipes: we write to 3 and read from 4.
pipes=$(mktemp -d)
mkfifo "$pipes/in" "$pipes/out"
nc -U "$socket" <"$pipes/in" >"$pipes/out" &
nc=$!
trap 'kill $nc 2>/dev/null; rm -rf "$pipes"' EXIT
exec 3>"$pipes/in" 4<"$pipes/out"

# ask METHOD PARAMS: sends one request and waits for the answer with its
# number; what happens meanwhile comes as lines without one.
id=0
ask() {
	id=$((id + 1))
	printf '{"jsonrpc":"2.0","id":%d,"method":"%s","params":%s}\n' \
	    "$id" "$1" "$(printf '%s' "$2" | tr '\n' ' ')" >&3
	while IFS= read -r answer <&4; do
		case $answer in *"\"id\":$id,"* | *"\"id\":$id}"*) break ;; esac
	done
	case $answer in
	'' | *'"error":'*)
		echo "$1: ${answer:-the daemon closed the connection}" >&2
		exit 1
		;;
	esac
}

# field NAME: the first text of that name in the answer.
field() {
	printf '%s\n' "$answer" | grep -o "\"$1\":\"[^\"]*\"" | head -n 1 |
	    cut -d '"' -f 4
}

# until_phase NAME: asks until the session has got there, for half a minute.
until_phase() {
	tries=0
	ask session.get "{\"session\":\"$session\"}"
	while [ "$(field phase)" != "$1" ]; do
		tries=$((tries + 1))
		[ $tries -lt 150 ] || { echo "no $1 yet" >&2; exit 1; }
		sleep 0.2
		ask session.get "{\"session\":\"$session\"}"
	done
}

echo 'The facilitator asks.'
ask session.create '{"question":"Should phones be banned at school?",
"settings":{"rounds":0,"candidates":4}}'
session=$(field session) code=$(field code)

echo 'Ana and Bo read the terms and join.'
ask session.terms "{\"code\":\"$code\"}"
terms=$(field digest)
ask session.join "{\"code\":\"$code\",\"name\":\"Ana\",\"terms\":\"$terms\"}"
ana=$(field participant)
ask session.join "{\"code\":\"$code\",\"name\":\"Bo\",\"terms\":\"$terms\"}"
bo=$(field participant)
ask session.next "{\"session\":\"$session\",\"phase\":\"lobby\"}"

# give WHO METHOD MORE: a contribution, with a key so that it may be sent
# again when no answer came.
give() {
	ask "$2" "{\"session\":\"$session\",\"participant\":\"$1\",
\"key\":\"$1-$id\",$3}"
}

echo 'Both say what they think.'
give "$ana" contribution.text '"slot":"opinion",
"text":"Phones distract everybody. They belong in the bag."'
give "$bo" contribution.text '"slot":"opinion",
"text":"Parents must be able to reach us. Breaks are free time."'

until_phase ballot
echo 'These are put to the vote:'
printf '%s\n' "$answer" | grep -o '"statement":"[^"]*","text":"[^"]*"' |
    cut -d '"' -f 4,8 --output-delimiter ' '
first=$(field statement)

echo "Both like $first best, and rate it."
for who in "$ana" "$bo"; do
	give "$who" contribution.ballot \
	    "\"ranking\":[[\"$first\"]],\"agreement\":{\"$first\":6}"
done
until_phase concluded
echo "Outcome: $(field outcome)"
