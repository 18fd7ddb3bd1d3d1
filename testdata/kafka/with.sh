#!/usr/bin/env bash
# Runs a command with an Apache Kafka of its own, named by DEADHEAT_KAFKA, and
# without one, saying so, where Java or Maven is missing. One that is named
# already is used; DEADHEAT_KAFKA=none goes without.
set -eu
here=$(cd "$(dirname "$0")" && pwd -P)
if [ -n "${DEADHEAT_KAFKA:-}" ]; then
	exec "$@"
fi
export KAFKA_DIR="${KAFKA_DIR:-$(cd "$here/../.." && pwd -P)/.cache/kafka/test}"
status=0
out=$("$here/kafka.sh" up) || status=$?
case $status in
0) ;;
3)
	echo "with.sh: the tests on a real Apache Kafka are skipped" >&2
	DEADHEAT_KAFKA=none exec "$@"
	;;
*)
	echo "with.sh: Apache Kafka does not start; DEADHEAT_KAFKA=none goes without" >&2
	exit 1
	;;
esac
trap '"$here/kafka.sh" down >/dev/null 2>&1' EXIT
DEADHEAT_KAFKA=$(echo "$out" | tail -n 1)
export DEADHEAT_KAFKA
"$@"
