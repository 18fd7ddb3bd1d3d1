# `make` alone lists the targets.

GO       ?= go
BIN      := bin/deadheat
FUZZTIME ?= 10s
FUZZLIST := .cache/fuzz.list
# Arguments of `make run` and `make bench`, such as ARGS="--help".
ARGS     ?=

.DEFAULT_GOAL := help
.PHONY: help build run test race fuzz lint tidy bench bench-peers soak mutants check clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build bin/deadheat
	CGO_ENABLED=0 $(GO) build -trimpath -o $(BIN) ./cmd/deadheat

run: build ## build, then run everything in one process (deadheat dev)
	$(BIN) dev $(ARGS)

test: ## run all tests in their short form, also on an Apache Kafka where Java 17 and Maven are
	testdata/kafka/with.sh $(GO) test -timeout 30m ./...

# Of the tests that run processes, those that let the most goroutines meet. A process
# with the detector would sleep a second before it ends; scripts start hundreds.
race: ## run the tests with the race detector, without an Apache Kafka unless DEADHEAT_KAFKA names one
	CGO_ENABLED=1 $(GO) test -race -timeout 30m $$($(GO) list ./... | grep -v /cmd/)
	CGO_ENABLED=1 GORACE=atexit_sleep_ms=0 $(GO) test -race -timeout 30m -run 'Scripts|OneState|AtRandom|ATerm|Hostile|AreResumed|FollowTheFeed' ./cmd/deadheat

# A fuzz target runs alone; `go test -list` names those of a package, then the package.
fuzz: ## run every fuzz target for FUZZTIME (10s)
	@mkdir -p .cache
	@$(GO) test -list '^Fuzz' ./... > $(FUZZLIST) || { cat $(FUZZLIST); exit 1; }
	@awk '/^Fuzz/ { name[n++] = $$1 } /^ok/ { for (i = 0; i < n; i++) print $$2, name[i]; n = 0 }' $(FUZZLIST) | \
	while read -r pkg name; do \
		echo "$$pkg $$name"; \
		$(GO) test "$$pkg" -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZTIME) || exit 1; \
	done

lint: ## gofmt, go vet, staticcheck
	@unformatted="$$(gofmt -l .)"; if [ -n "$$unformatted" ]; then echo "gofmt -w needed:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

tidy: ## fail when go.mod or go.sum is not tidy
	$(GO) mod tidy -diff

bench: build ## measure this machine (deadheat bench)
	$(BIN) bench $(ARGS)

bench-peers: ## measure the matcher beside order books on other structures, with the same orders
	cd testdata/bench && $(GO) run .

# How much the long form does. Tests read the counts from the environment; each
# can be set there or behind make, as in `make soak DEADHEAT_KILLS=200`.
soak: export DEADHEAT_HISTORIES ?= 1000000
soak: export DEADHEAT_COMMANDS ?= 10000000
soak: export DEADHEAT_E2E_SEEDS ?= 50
soak: export DEADHEAT_KILLS ?= 50
soak: export DEADHEAT_HOOKS ?= 20
soak: export DEADHEAT_AWAY ?= 180
soak: export DEADHEAT_LEADERS ?= 30
soak: export DEADHEAT_FLIPS ?= 20000
soak: export DEADHEAT_CRASH_STRIDE ?= 1
soak: export DEADHEAT_FAULT_STRIDE ?= 1
soak: export DEADHEAT_KAFKA_SEEDS ?= 500
soak: export DEADHEAT_COMMANDS ?= 20000000
soak: export DEADHEAT_OPERATIONS ?= 1000000
soak: export DEADHEAT_MUTANTS ?= 1
soak: ## run all tests in their long form: hours
	testdata/kafka/with.sh $(GO) test -timeout 0 -count 1 -v ./...
	$(MAKE) fuzz FUZZTIME=$${SOAK_FUZZTIME:-10m}

mutants: ## build every deliberate bug of testdata/mutants and see its test fail
	DEADHEAT_MUTANTS=1 $(GO) test -timeout 30m -count 1 -v -run TestMutants .

check: lint test tidy ## everything that must hold before a change goes in

# As in `make kafka-up BROKERS=3`; the last line is what DEADHEAT_KAFKA wants.
.PHONY: kafka-up kafka-down
kafka-up: ## start a real Kafka on loopback: Java 17 and Maven
	@testdata/kafka/kafka.sh up

kafka-down: ## stop it and remove its data
	@testdata/kafka/kafka.sh down

clean: kafka-down ## remove what was built, and stop what kafka-up started
	rm -rf bin .cache
