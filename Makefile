# Run "make" to see what there is. Everything works on a clean checkout with Go
# alone; tests that need PostgreSQL, Redis or etcd start their own where these
# are installed and are skipped where they are not.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

GOLANGCI_LINT := v2.15.0
GOFUMPT := v0.12.0
BUF := v1.75.0
PROTOC_GEN_GO := v1.36.12

BIN := $(CURDIR)/.bin
# A throwaway PostgreSQL and Redis beside the command that follows.
WITH_DBS := go run ./scripts/testdb --

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

.PHONY: build
build: ## Build bin/swiper, without the tables that only debuggers read
	go build -ldflags '-s -w' -o bin/swiper ./cmd/swiper

.PHONY: run
run: ## Serve a demonstration on embedded storage
	go run ./cmd/swiper serve --demo

.PHONY: test
test: ## Run all tests, those end to end included
	$(WITH_DBS) go test -timeout 20m $$(go list ./... | grep -v /e2e)
	$(WITH_DBS) go test -timeout 30m ./e2e

.PHONY: e2e
e2e: ## Run the end-to-end tests alone and tell what they do
	$(WITH_DBS) go test -count=1 -timeout 20m -v ./e2e

# SQLite in Go takes five minutes under the detector; the store around it is the
# one that runs on PostgreSQL, of which those cases run where goroutines meet. Pixels
# take minutes, and one goroutine. The comparison's designs are no part of Swiper.
.PHONY: race
race: ## Run the tests under the race detector, the longest ones shortened
	$(WITH_DBS) go test -race -short -timeout 30m $$(go list ./... | grep -v -e /e2e -e /persistence/sqlite -e /persistence/postgres -e /media/picture -e /scripts/bench)
	$(WITH_DBS) go test -race -short -timeout 15m -run '^TestStore$$/^(race|batch|idempotency|task|upload)$$' ./persistence/postgres

.PHONY: race-e2e
race-e2e: ## The same with the tests end to end that try everything once
	$(WITH_DBS) go test -race -short -timeout 15m -run '^Test(Tour|Play|Accounts|Events|KeysOutliveTheProcess|RedisGone|Cluster|DemoAnswers)$$' ./e2e

.PHONY: microbench
microbench: ## Run the packages' own benchmarks (PKG=./actors/... for some of them)
	$(WITH_DBS) go test -run '^$$' -bench . -benchmem -timeout 60m $(or $(PKG),./...)

.PHONY: bench
bench: ## Compare Swiper with plainer designs, in under 5 minutes; needs PostgreSQL, Redis, wrk
	go run ./scripts/bench --quick

.PHONY: bench-full
bench-full: ## The same at full length, and with up to a million active people
	go run ./scripts/bench --full --rounds 5

.PHONY: loadtest
loadtest: ## Let 1,000 simulated swipers play for a minute against a server of their own, and judge it
	go run ./scripts/loadtest --users 1000 --duration 60s --report $(or $(REPORT),loadtest-report)

# SEED=7 repeats the moments and victims of an earlier run.
CHAOS := go run ./scripts/chaos $(if $(SEED),--seed $(SEED)) --report $(or $(REPORT),chaos-report)

.PHONY: chaos
chaos: ## Kill, add, pause nodes and restart PostgreSQL under load, in under 10 minutes; needs PostgreSQL, Redis, etcd
	$(CHAOS) --fault kill,join,pause,postgres

.PHONY: chaos-full
chaos-full: ## Every fault there is; needs root besides, for networks and a small disk
	$(CHAOS) --fault all

.PHONY: referee
referee: ## Prove with 5 seeds each that the load test catches every broken variant
	$(WITH_DBS) env REFEREE_SEEDS=5 go test -count=1 -timeout 60m -v -run TestReferee ./e2e

# A module of its own, whose cached results know nothing of the files outside of it.
.PHONY: deploy-check
deploy-check: ## Read deploy/ with the parsers of Compose, Kubernetes and BuildKit
	go test -C deploy/check -count=1 ./...

.PHONY: lint
lint: $(BIN)/golangci-lint-$(GOLANGCI_LINT) ## Lint, the arrows between packages included
	$(BIN)/golangci-lint run
	cd deploy/check && $(BIN)/golangci-lint run

.PHONY: fmt
fmt: $(BIN)/golangci-lint-$(GOLANGCI_LINT) ## Format all Go files
	$(BIN)/golangci-lint fmt

.PHONY: check
check: lint race ## What a change must pass before it is committed

.PHONY: generate
generate: $(BIN)/buf-$(BUF) $(BIN)/protoc-gen-go-$(PROTOC_GEN_GO) ## Generate the code of the actors' messages
	$(BIN)/buf lint
	$(BIN)/buf generate

.PHONY: generated
generated: generate ## Fail if generated code is not what is committed
	git diff --exit-code -- '*.pb.go'

# What the messages were in the release before, which runs beside this one while
# nodes are replaced. Made by "make baseline" when a release is out.
BASELINE := actors/actorspb/baseline.binpb

.PHONY: breaking
breaking: $(BIN)/buf-$(BUF) ## Fail if the messages between nodes cannot be read by the release before
	$(BIN)/buf breaking --against $(BASELINE)

.PHONY: baseline
baseline: $(BIN)/buf-$(BUF) ## Make the messages as they are now what later ones are compared with
	$(BIN)/buf build --exclude-source-info -o $(BASELINE)

.PHONY: tools
tools: $(BIN)/golangci-lint-$(GOLANGCI_LINT) $(BIN)/gofumpt-$(GOFUMPT) $(BIN)/buf-$(BUF) $(BIN)/protoc-gen-go-$(PROTOC_GEN_GO) ## Install the pinned tools into .bin

.PHONY: ci
ci: ## What the continuous integration runs, installing what it needs
	.ci/run

.PHONY: clean
clean: ## Remove what was built (.bin and data stay)
	rm -rf bin

# Each tool is linked under its name with the version, so that another version
# here installs it again.
define tool
$(BIN)/$(1)-$(2):
	GOBIN=$(BIN) go install $(3)@$(2)
	ln -sf $(1) $$@
endef
$(eval $(call tool,golangci-lint,$(GOLANGCI_LINT),github.com/golangci/golangci-lint/v2/cmd/golangci-lint))
$(eval $(call tool,gofumpt,$(GOFUMPT),mvdan.cc/gofumpt))
$(eval $(call tool,buf,$(BUF),github.com/bufbuild/buf/cmd/buf))
$(eval $(call tool,protoc-gen-go,$(PROTOC_GEN_GO),google.golang.org/protobuf/cmd/protoc-gen-go))
