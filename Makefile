# `make` lists the targets. Everything but the pages needs Go alone, and installs
# what else it uses into ./bin. The pages are built by Node, and are committed
# built.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

GO       ?= go
LINT     := 2.15.0
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
DATE     ?= $(shell git log -1 --format=%cI 2>/dev/null)
LDFLAGS  := -s -w -X main.version=$(VERSION) -X main.date=$(DATE)
DATA     ?= ./data
LISTEN   ?= 127.0.0.1:8080
FUZZTIME ?= 20s

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build bin/wardbridge, one static binary
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o bin/wardbridge ./cmd/wardbridge

.PHONY: run
run: build ## build and start the demo at LISTEN (127.0.0.1:8080) with its data in DATA (./data)
	./bin/wardbridge demo --data $(DATA) --listen $(LISTEN)

.PHONY: test
test: ui-test ## vet, all tests with the race detector, leak checks and fuzz seeds, and the pages in a browser
	$(GO) vet ./...
	$(GO) test -race -timeout 15m ./...
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory ui-e2e; \
	  else echo "ui-e2e: there is no npm here, so the pages are not walked through"; fi

# npm writes this file at the end of an installation.
UI_DEPS := ui/node_modules/.package-lock.json

.PHONY: ui-deps
ui-deps: $(UI_DEPS) ## install what the pages are built with (Node 20.19 or later)

$(UI_DEPS): ui/package-lock.json
	cd ui && npm ci --no-audit --no-fund
	@touch $@

.PHONY: ui
ui: ui-deps ## build the pages into ui/dist/app, to be embedded by the next `make build`
	cd ui && npm run --silent build

.PHONY: ui-test
ui-test: ## lint, types and unit tests of the pages; left out where there is no npm, but not in CI
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory ui-check; \
	  elif [ -n "$${CI:-}" ]; then echo "ui-test: there is no npm here; install Node 20.19 or later" >&2; exit 1; \
	  else echo "ui-test: there is no npm here, so the pages' own tests are left out"; fi

.PHONY: ui-check
ui-check: ui-deps
	cd ui && npm run --silent check && npm test --silent

.PHONY: ui-e2e
ui-e2e: build ui-deps chromium ## walk through the pages of the built program in Chromium; WORDS choose scenarios
	node test/ui/run.mjs $(WORDS)

.PHONY: pictures
pictures: build ui-deps chromium ## make the documents' pictures anew from the running program
	node test/ui/pictures.mjs

# Chromium is Debian's: it is installed where that is possible and asked for
# where it is not.
CHROMIUM ?= /usr/bin/chromium
export CHROMIUM

.PHONY: chromium
chromium:
	@if [ -x "$(CHROMIUM)" ]; then :; \
	  elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	  else echo "ui-e2e: there is no $(CHROMIUM); install Chromium (apt-get install chromium), or name it: CHROMIUM=/path make ui-e2e" >&2; exit 1; fi

.PHONY: lint
lint: bin/golangci-lint-$(LINT) ## golangci-lint, zero findings
	./bin/golangci-lint-$(LINT) run --timeout 10m ./...

bin/golangci-lint-$(LINT):
	@mkdir -p bin
	GOBIN=$(CURDIR)/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v$(LINT)
	mv bin/golangci-lint $@

.PHONY: fmt
fmt: bin/golangci-lint-$(LINT) ## format as the linter wants it
	./bin/golangci-lint-$(LINT) fmt ./...

.PHONY: fuzz
fuzz: ## every fuzz target in turn, each for FUZZTIME (20s)
	@for pkg in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "== $$pkg $$target"; \
	    $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s $$pkg; \
	  done; \
	done

.PHONY: bench
bench: build ## measure the built binary against bare handlers and print the table
	$(GO) run ./test/bench -bin bin/wardbridge
	$(GO) test -run '^$$' -bench 'StoreImport|GetList' -benchtime 3x ./internal/db/sqlite
	$(GO) test -run '^$$' -bench 'ListRefresh' -benchtime 5x ./internal/app
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory ui-bench; fi

.PHONY: ui-bench
ui-bench: build ui-deps chromium ## measure how long the pages take in Chromium
	node test/ui/bench.mjs

.PHONY: foreign
foreign: build ## run clients that are not ours (npm, PyPI) against a demo at 127.0.0.1:18099
	@dir=$$(mktemp -d); ./bin/wardbridge demo --data $$dir --listen 127.0.0.1:18099 >$$dir/out 2>&1 & pid=$$!; \
	  trap 'kill $$pid; wait $$pid || true; rm -rf '"$$dir" EXIT; \
	  for i in $$(seq 300); do if curl -sf http://127.0.0.1:18099/readyz >/dev/null; then break; fi; sleep 0.2; done; \
	  ./test/foreign/run.sh $$dir/demo.json

.PHONY: peers
peers: build ## run the suite in front of a real HAPI server, and its validator over the answers (Java 17, Maven)
	@for tool in java mvn; do command -v $$tool >/dev/null || \
	  { echo "peers: there is no $$tool here; install a JDK of version 17 or later and Maven 3.8 or later" >&2; exit 1; }; done
	@java -version 2>&1 | awk -F'[".]' '/version/ { if ($$2 + 0 < 17) { print "peers: Java " $$2 " is too old; 17 or later is needed" > "/dev/stderr"; exit 1 } }'
	mvn -B -ntp -q -f test/peers/hapi/pom.xml package
	$(GO) run ./test/peers $(PEERS)

.PHONY: crash
crash: ## kill a server under load fifty times and look for lost writes
	WARDBRIDGE_CRASH_ROUNDS=50 $(GO) test -run TestKill -timeout 30m -v ./internal/crashtest

.PHONY: clean
clean: ## remove what was built, not the data
	rm -rf bin
