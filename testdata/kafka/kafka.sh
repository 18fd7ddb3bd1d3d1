#!/usr/bin/env bash
# A real Apache Kafka on loopback, for tests. `kafka.sh` alone says how to use it.
set -eu

usage() {
	cat >&2 <<-'END'
	usage: kafka.sh up         start a cluster and print its addresses; goes on with one that stopped
	       kafka.sh down       stop it and remove its data
	       kafka.sh status     one line for each broker; fails unless all run
	       kafka.sh kill N     SIGKILL to broker N, counted from 1
	       kafka.sh start N    start broker N again, on the same data and ports
	       kafka.sh pause N    SIGSTOP
	       kafka.sh cont N     SIGCONT

	environment of every command:
	  KAFKA_DIR          folder of the cluster (.cache/kafka/run in the checkout)
	environment of up:
	  BROKERS            1 (the default) or 3
	  KAFKA_PORT         port of the first broker, the others follow; free ports when not set
	  KAFKA_PROXY_PORT   one broker only: it has a second listener, whose address is in
	                     $KAFKA_DIR/proxied, and sends the clients of that one to this port
	END
	exit 2
}

# Nobody may listen any more; that stops nothing.
say() { echo "kafka.sh: $*" >&2 || :; }
die() { say "$@"; exit 1; }

here=$(cd "$(dirname "$0")" && pwd -P)
cache=$(cd "$here/../.." && pwd -P)/.cache/kafka
dir=${KAFKA_DIR:-$cache/run}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java

# Exit code 3 says that this machine cannot run Kafka at all.
need() {
	echo "kafka.sh: no Apache Kafka can run here, it wants Java 17 and Maven: $1" >&2
	exit 3
}

check_java() {
	local version
	command -v "$java" >/dev/null || need "java not found"
	version=$("$java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)
	[ "${version:-0}" -ge 17 ] || need "Kafka wants Java 17 or newer, java is ${version:-unknown}"
}

# The copy of pom.xml says that the folder is complete, and for which version.
libs() {
	cmp -s "$here/pom.xml" "$cache/libs/pom.xml" && return
	command -v mvn >/dev/null || need "mvn not found"
	say "fetching Kafka into $cache/libs"
	local new=$cache/libs.$$
	mkdir -p "$new"
	trap 'rm -rf "$cache/libs.$$"' EXIT
	mvn -B -q -Dstyle.color=never -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$new" >&2 ||
		need "mvn could not fetch it"
	cp "$here/pom.xml" "$new/pom.xml"
	rm -rf "$cache/libs"
	mv "$new" "$cache/libs"
	rm -rf "$cache/libs/libs.$$" # somebody else was faster, and mv moved into it
}

# Ports come from below the range that systems take for outgoing connections:
# a broker that was killed finds its port free when it starts again.
ports=" "
free_port() {
	while :; do
		port=$((20000 + RANDOM % 12000))
		case $ports in *" $port "*) continue ;; esac
		answers "$port" || break
	done
	ports="$ports$port "
}

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# create makes and formats the data folders. The file addr is written last: it
# says that the cluster is complete.
create() {
	local n port voters= addrs= count=${BROKERS:-1} isr=1 proxied=
	case $count in
	1) ;;
	3) isr=2 ;;
	*) die "BROKERS is $count; 1 and 3 are possible" ;;
	esac
	if [ -n "${KAFKA_PROXY_PORT:-}" ]; then
		[ "$count" = 1 ] || die "KAFKA_PROXY_PORT goes with one broker"
		free_port
		proxied=$port
	fi
	local controllers=() brokers=()
	for n in $(seq "$count"); do
		free_port
		controllers[n]=$port
		voters=${voters:+$voters,}$n@127.0.0.1:$port
		if [ -n "${KAFKA_PORT:-}" ]; then
			port=$((KAFKA_PORT + n - 1))
			! answers "$port" || die "port $port is taken"
		else
			free_port
		fi
		brokers[n]=$port
		addrs=${addrs:+$addrs,}127.0.0.1:$port
	done

	say "formatting $count broker(s) in $dir"
	# A cluster id is 16 bytes in base64: new data is another cluster.
	local id pids=
	id=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n' | cut -c1-21)A
	for n in $(seq "$count"); do
		mkdir -p "$dir/$n"
		cat >"$dir/$n/server.properties" <<-END
		process.roles=broker,controller
		node.id=$n
		controller.quorum.voters=$voters
		controller.listener.names=CONTROLLER
		inter.broker.listener.name=PLAINTEXT
		listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT
		listeners=PLAINTEXT://127.0.0.1:${brokers[n]},CONTROLLER://127.0.0.1:${controllers[n]}${proxied:+,PROXIED://127.0.0.1:$proxied}
		advertised.listeners=PLAINTEXT://127.0.0.1:${brokers[n]}${proxied:+,PROXIED://127.0.0.1:$KAFKA_PROXY_PORT}
		log.dirs=$dir/$n/data
		auto.create.topics.enable=false
		unclean.leader.election.enable=false
		default.replication.factor=$count
		min.insync.replicas=$isr
		offsets.topic.replication.factor=$count
		offsets.topic.num.partitions=4
		transaction.state.log.replication.factor=$count
		transaction.state.log.min.isr=$isr
		transaction.state.log.num.partitions=4
		share.coordinator.state.topic.replication.factor=$count
		share.coordinator.state.topic.min.isr=$isr
		group.initial.rebalance.delay.ms=0
		broker.session.timeout.ms=3000
		broker.heartbeat.interval.ms=500
		controller.socket.timeout.ms=3000
		END
		"$java" -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlog4j2.configurationFile="$here/log4j2.properties" \
			-Dkafka.log="$dir/$n/format.log" -cp "$cache/libs/*" \
			kafka.tools.StorageTool format -t "$id" -c "$dir/$n/server.properties" >"$dir/$n/out" 2>&1 &
		pids="$pids $!"
	done
	for n in $pids; do
		wait "$n" || { cat "$dir"/*/out >&2; die "formatting failed"; }
	done
	[ -z "$proxied" ] || echo "127.0.0.1:$proxied" >"$dir/proxied"
	echo "$addrs" >"$dir/addr.new"
	mv "$dir/addr.new" "$dir/addr"
}

# brokers lists the numbers of the brokers that the folder has.
brokers() {
	local n
	for n in 1 2 3; do
		[ ! -d "$dir/$n" ] || echo $n
	done
}

# addr is the address of one broker.
addr() { cut -d , -f "$1" "$dir/addr"; }

# pid prints the process of a broker, and fails when it does not run. A pid
# file may be older than the process that has the number now.
pid() {
	local p
	p=$(cat "$dir/$1/pid" 2>/dev/null) || return 1
	ps -ww -o args= -p "${p:-0}" | grep -q -F "kafka.Kafka $dir/$1/server.properties" || return 1
	echo "$p"
}

# launch starts a broker and does not wait. The process writes its pid before it
# becomes Kafka, so that none runs without a pid file.
launch() {
	local b=$dir/$1
	say "starting broker $1 at $(addr "$1")"
	rm -f "$b/pid"
	[ ! -f "$b/log" ] || mv -f "$b/log" "$b/log.old"
	nohup sh -c 'echo $$ >"$0"; exec "$@"' "$b/pid" \
		"$java" -Xmx512m -Xms64m -XX:+UseSerialGC -Dlog4j2.configurationFile="$here/log4j2.properties" \
		-Dkafka.log="$b/log" -cp "$cache/libs/*" kafka.Kafka "$b/server.properties" </dev/null >"$b/out" 2>&1 &
	until [ -s "$b/pid" ]; do sleep 0.1; done
}

# ready waits until a broker serves clients. An open port is not enough: it
# opens long before the broker has joined the cluster.
ready() {
	local b=$dir/$1
	until grep -q 'Kafka Server started' "$b/log" 2>/dev/null && answers "$(addr "$1" | cut -d : -f 2)"; do
		if ! pid "$1" >/dev/null; then
			tail -n 20 "$b/out" "$b/log" >&2 || :
			die "broker $1 has ended"
		fi
		if [ "$SECONDS" -ge 60 ]; then
			tail -n 20 "$b/out" "$b/log" >&2 || :
			die "broker $1 is not ready after 60 s"
		fi
		sleep 0.2
	done
	say "broker $1 is ready"
}

# clear_away stops what runs in the folder and removes what this script put
# there; somebody else's files stay.
clear_away() {
	local n p
	for n in $(brokers); do
		p=$(pid "$n") || continue
		say "stopping broker $n"
		kill -TERM "$p"
		kill -CONT "$p"
	done
	SECONDS=0
	for n in $(brokers); do
		while p=$(pid "$n"); do
			[ "$SECONDS" -lt 10 ] || kill -KILL "$p" 2>/dev/null || :
			sleep 0.1
		done
	done
	rm -rf "$dir/1" "$dir/2" "$dir/3" "$dir/addr" "$dir/addr.new" "$dir/proxied"
}

up() {
	local n
	check_java
	libs
	mkdir -p "$dir"
	dir=$(cd "$dir" && pwd -P)
	if [ -f "$dir/addr" ]; then
		n=$(brokers | wc -l | tr -d ' ')
		[ "${BROKERS:-$n}" = "$n" ] || die "$dir has $n broker(s); \`kafka.sh down\` first"
		if [ -n "${KAFKA_PROXY_PORT:-}" ]; then
			grep -q "PROXIED://127.0.0.1:$KAFKA_PROXY_PORT$" "$dir/1/server.properties" ||
				die "$dir has no proxy at port $KAFKA_PROXY_PORT; \`kafka.sh down\` first"
		fi
	else
		clear_away
		create
	fi
	for n in $(brokers); do
		if pid "$n" >/dev/null; then
			say "broker $n runs already"
		else
			launch "$n"
		fi
	done
	SECONDS=0
	for n in $(brokers); do ready "$n"; done
	cat "$dir/addr"
}

down() {
	clear_away
	rmdir "$dir" 2>/dev/null || :
	say "no cluster in $dir"
}

status() {
	local n p state all=0
	[ -f "$dir/addr" ] || die "no cluster in $dir"
	for n in $(brokers); do
		if p=$(pid "$n"); then
			state="running, pid $p"
			case $(ps -o stat= -p "$p") in T*) state="paused, pid $p" ;; esac
		else
			state=down
			all=1
		fi
		echo "broker $n at $(addr "$n"): $state"
	done
	return $all
}

# signal sends one to a broker that must run.
signal() {
	local p
	p=$(pid "$2") || die "broker $2 does not run"
	kill "-$1" "$p"
}

[ $# -ge 1 ] || usage
command -v ps >/dev/null || die "ps not found"
# The command line of a broker names its folder: there must be one spelling of it.
[ ! -d "$dir" ] || dir=$(cd "$dir" && pwd -P)

case $1 in
up | down | status)
	[ $# -eq 1 ] || usage
	;;
kill | start | pause | cont)
	[ $# -eq 2 ] || usage
	[ -f "$dir/addr" ] || die "no cluster in $dir"
	case $2 in [1-3]) ;; *) usage ;; esac
	[ -d "$dir/$2" ] || die "no broker $2 in $dir"
	;;
*) usage ;;
esac

case $1 in
up) up ;;
down) down ;;
status) status ;;
pause) signal STOP "$2" ;;
cont) signal CONT "$2" ;;
kill)
	signal KILL "$2"
	while pid "$2" >/dev/null; do sleep 0.05; done
	;;
start)
	check_java
	libs
	if pid "$2" >/dev/null; then
		say "broker $2 runs already"
	else
		launch "$2"
	fi
	SECONDS=0
	ready "$2"
	;;
esac
