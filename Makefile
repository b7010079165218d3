# Tonghu. `make help` lists what there is to do; `make run` and `make test` are the two that a newcomer needs.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

# A clone owned by someone else (a container's mount) must build too, so the binary asks git nothing.
export GOFLAGS := $(filter-out -buildvcs=%,$(GOFLAGS)) -buildvcs=false
# One toolchain: the one that is installed. None is downloaded.
export GOTOOLCHAIN := local

BIN   := bin
TOOLS := $(BIN)/tools
STAGE := tools/stage

# What each part of the product consists of, as far as it is there.
have       = $(wildcard $(1))
# CI runs every test anew; at a desk, a package that did not change is not tested twice.
COUNT     := $(if $(CI),-count=1,)
FUZZTIME  ?= 30s
# Which fuzz tests: a regular expression over "folder Name". The short ones are of small packages, so that they build in no time.
FUZZ      ?= .
SHORTFUZZ := ^(cases FuzzReadForm|cases/policy Fuzz.*|files FuzzAccept|notify FuzzParseConfig|postgres FuzzCursors|vault Fuzz(KeyFile|Unseal)|vault/(identifier FuzzParseID|receipt FuzzParse))$$
TESTSUM    = $(TOOLS)/gotestsum --format pkgname --format-hide-empty-pkg --hide-summary=skipped --

.PHONY: help
help: ## List these targets
	@echo 'make <target>:'
	@awk -F ':.*## ' '/^## /{printf "\n%s\n", substr($$0, 4)} /^[a-z0-9-]+:.*## /{printf "  %-17s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

## Use it

.PHONY: run
run: deps-run build-web build-standalone ## Install what is missing, build, and start the whole product with ARGS (Ctrl-C stops it; data stay)
	@exec $(BIN)/tonghu-standalone up $(ARGS)

.PHONY: story
story: deps-run build ## Play the product's story against TONGHU_URL, or against a drill instance of its own
	tools/with-instance $(BIN)/tonghu story

.PHONY: bench
bench: deps-run build ## Measure steps over HTTP beside bare Temporal Updates, on an instance of its own or TONGHU_URL
	tools/with-instance $(BIN)/tonghu bench steps

## Build it

.PHONY: build
build: build-web build-tonghu build-standalone ## Build the console and both binaries into bin/

WEB_SOURCES = $(shell find web/src web/public web/*.html web/*.ts web/package-lock.json api/openapi.json 2>/dev/null)

.PHONY: build-web
build-web: web/dist/index.html ## Build the console and the public's pages into web/dist, which the binaries embed

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	@deploy/install-debian.sh web
	@echo '    installing the packages of the console (about a minute the first time)'
	@cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(WEB_SOURCES)
	@echo '    building the console'
	@cd web && npm run -s build -- --logLevel warn
	@touch web/dist/.gitkeep

.PHONY: unit-web
unit-web: web/node_modules/.package-lock.json ## Check the console: types, style, words in both languages, unit tests
	cd web && npm run -s check && npm run -s test

.PHONY: e2e-web
e2e-web: deps-test web/node_modules/.package-lock.json build ## Play the product through its screens in a real browser; pictures of every page go to .cache/screens
	cd web && TONGHU_BIN=$(CURDIR)/$(BIN)/tonghu-standalone TONGHU_CLI=$(CURDIR)/$(BIN)/tonghu npm run -s e2e -- $(SCREENS_FLAGS)

.PHONY: speed-web
speed-web: deps-test web/node_modules/.package-lock.json build ## Measure the filing page on a slow phone; fails if it is not interactive within 3 s (on a quiet machine)
	tools/with-instance npm --prefix web run -s speed

.PHONY: build-tonghu
build-tonghu: ## Build bin/tonghu: API, worker and commands, without the Temporal server
	@tools/progress 'building bin/tonghu' go build -o $(BIN)/tonghu ./cmd/tonghu

.PHONY: build-standalone
build-standalone: ## Build bin/tonghu-standalone: everything in one process (about 8 minutes the first time)
	@tools/progress 'building bin/tonghu-standalone (of about 2,000 packages the first time)' -C deploy/standalone go build -ldflags '-s -w' -o ../../$(BIN)/tonghu-standalone .

.PHONY: generate
generate: $(TOOLS)/sqlc ## Generate the Go for the SQL, the OpenAPI document, and the client that the contract test uses
	$(TOOLS)/sqlc generate
	@$(SQLSUMS) >$(SQLSUMFILE)
	TONGHU_WRITE=1 go test -count=1 -run '^TestTheCommittedDocument' ./api
	cd tools/contract && go generate ./...

.PHONY: fmt
fmt: $(TOOLS)/golangci-lint ## Format all Go code
	$(TOOLS)/golangci-lint fmt ./...
	$(if $(call have,deploy/standalone/go.mod),cd deploy/standalone && ../../$(TOOLS)/golangci-lint fmt --config ../../.golangci.yml ./...)

.PHONY: fix
fix: $(TOOLS)/golangci-lint ## Let the linters repair what they can
	$(TOOLS)/golangci-lint run --fix ./...

.PHONY: clean
clean: ## Remove what was built (the data of `make run` stay)
	rm -rf $(BIN) .cache

.PHONY: deps-run
deps-run:
	@deploy/install-debian.sh run

.PHONY: deps-test
deps-test:
	@deploy/install-debian.sh test

## Check it

.PHONY: test
test: deps-test ## Install what is missing and run the checks and tests (21 minutes on 2 cores, some 30 from nothing)
	@$(STAGE) start
	@$(STAGE) 'tools' $(MAKE) test-tools
	@$(STAGE) 'generated code' $(MAKE) check-generated
	@$(STAGE) 'console' $(MAKE) unit-web build-web
	@$(STAGE) 'unit tests' $(MAKE) unit
	@$(STAGE) 'fuzz, short' $(MAKE) fuzz-short
	@$(STAGE) 'build' $(MAKE) build
	@$(STAGE) 'determinism' $(MAKE) determinism
	@$(STAGE) 'standalone tests' $(MAKE) unit-standalone
	@$(STAGE) 'end to end' $(MAKE) e2e
	@$(STAGE) 'screens' $(MAKE) e2e-web
	@$(STAGE) summary

.PHONY: test-full
test-full: test ## What `make test` leaves out for time: style, the story, fuzzing, race detector, the filing page's speed, the long tests of the product and its screens
	@$(STAGE) 'lint' $(MAKE) lint
	@$(STAGE) 'story' $(MAKE) story
	@$(STAGE) 'race everywhere' $(MAKE) race
	@$(STAGE) 'OpenID' $(MAKE) openid
	@$(STAGE) 'fuzz' $(MAKE) fuzz
	@$(STAGE) 'key service' $(MAKE) kms
	@$(STAGE) 'speed of the filing page' $(MAKE) speed-web
	@$(STAGE) 'end to end, long' $(MAKE) e2e E2E_FLAGS='-run Long -timeout 90m' TONGHU_LONG=1
	@$(STAGE) 'screens, long' $(MAKE) e2e-web SCREENS_FLAGS="e2e/case.test.ts -t 'every step'" TONGHU_LONG=1
	@$(STAGE) summary

.PHONY: unit
unit: $(TOOLS)/gotestsum ## Test the product's packages (`make race` looks for data races)
	@$(TESTSUM) $(COUNT) -timeout 10m $$(go list ./... | grep -v '^tonghu/e2e$$')
	@cd tools/contract && ../../$(TESTSUM) $(COUNT) ./...

.PHONY: unit-standalone
unit-standalone: $(TOOLS)/gotestsum ## Test the nested module deploy/standalone
	$(if $(call have,deploy/standalone/go.mod),@cd deploy/standalone && ../../$(TESTSUM) $(COUNT) -timeout 10m ./...,@echo 'no deploy/standalone yet')

.PHONY: e2e
e2e: deps-test $(TOOLS)/gotestsum build ## Test the whole product through HTTP and kill it in the middle (e2e/)
	$(if $(call have,e2e/*.go),@TONGHU_BIN=$(CURDIR)/$(BIN)/tonghu-standalone TONGHU_CLI=$(CURDIR)/$(BIN)/tonghu $(TESTSUM) -tags e2e -count=1 -parallel 3 -timeout 20m $(E2E_FLAGS) ./e2e/...,@echo 'no e2e yet')

.PHONY: openid
openid: deps-test ## Sign in at a real OpenID provider, which runs beside (tools/openidprovider)
	@tools/progress 'building bin/openidprovider' -C tools/openidprovider go build -o ../../$(BIN)/openidprovider .
	go vet -tags openid ./api
	TONGHU_OPENID_PROVIDER=$(CURDIR)/$(BIN)/openidprovider go test -count=1 -tags openid -run 'RealProvider' ./api ./openid

.PHONY: race
race: $(TOOLS)/gotestsum ## Test every package of the product under the race detector
	$(TESTSUM) -race -count=1 -timeout 40m ./...

.PHONY: fuzz
fuzz: ## Run each fuzz test for FUZZTIME (30s), or those that FUZZ names ('api Fuzz', 'vault/.*')
	@grep -rE '^func Fuzz[A-Z]' --include='*_test.go' $(sort $(dir $(wildcard */*.go */*/*.go */*/*/*.go))) 2>/dev/null \
	| sed -nE 's,^(.*)/[^/]*:func (Fuzz[A-Za-z0-9_]*).*,\1 \2,p' | sort -u | grep -E '$(FUZZ)' | { \
	  failed=; while read -r folder test; do tools/fuzz "$$folder" "$$test" $(FUZZTIME) </dev/null || failed+=" $$test"; done; \
	  if [ -n "$$failed" ]; then echo "failed:$$failed"; exit 1; fi; \
	}

.PHONY: fuzz-short
fuzz-short: ## Run the fuzz tests of the small decoders for two seconds each (`make test` does; their seeds run with the unit tests)
	@$(MAKE) fuzz FUZZTIME=2s FUZZ='$(subst $$,$$$$,$(SHORTFUZZ))'

.PHONY: kms
kms: $(TOOLS)/gotestsum ## Test the key service's client against the transit engine of Vault (about 3 minutes to build the first time)
	@tools/progress 'building the transit engine' -C tools/kms go build -o ../../$(BIN)/kms .
	TONGHU_TEST_KMS=$(CURDIR)/$(BIN)/kms $(TESTSUM) -count=1 -run 'KeyService|TheToken' ./product

.PHONY: determinism
determinism: $(TOOLS)/workflowcheck ## Check that workflows do only what can be played again
	$(if $(call have,workflows/*.go),$(TOOLS)/workflowcheck ./workflows/...)

.PHONY: lint
lint: $(TOOLS)/golangci-lint $(TOOLS)/sqlc determinism ## Check style, import directions, the Go of the SQL and the determinism of workflows
	$(TOOLS)/sqlc diff
	$(TOOLS)/golangci-lint run ./...
	$(if $(call have,deploy/standalone/go.mod),cd deploy/standalone && ../../$(TOOLS)/golangci-lint run --config ../../.golangci.yml ./...)
	cd tools && GOLANGCI_LINT=$(CURDIR)/$(TOOLS)/golangci-lint go test $(COUNT) ./lintrules

# What sqlc reads and writes, as `make generate` left it: a change of either is seen without building sqlc, which takes minutes.
SQLSUMFILE := postgres/internal/db/generated.sums
SQLSUMS    := { grep -h 'sqlc-dev/sqlc ' tools/go.mod; find sqlc.yaml postgres/migrations postgres/queries postgres/internal/db -type f ! -name generated.sums | LC_ALL=C sort | xargs sha256sum; }

.PHONY: check-generated
check-generated: ## Fail if generated code is not what its source says
	@$(SQLSUMS) | diff -u $(SQLSUMFILE) - || { echo 'the SQL or the Go of it changed: `make generate` writes it anew'; exit 1; }
	go test $(COUNT) -run '^TestTheCommittedDocument' ./api
	@fresh=$$(mktemp) && trap 'rm -f "$$fresh"' EXIT && \
	(cd tools/contract && go tool oapi-codegen -config ../../e2e/client/generate.yaml -o "$$fresh" ../../api/openapi.json) && \
	if ! diff -u e2e/client/client.gen.go "$$fresh" | head -40; then echo '`make generate` writes the client anew'; exit 1; fi

## Tools, pinned in tools/go.mod and built into bin/tools

.PHONY: test-tools
test-tools: $(TOOLS)/gotestsum $(TOOLS)/workflowcheck ## Build the tools that `make test` needs

.PHONY: tools
tools: test-tools $(TOOLS)/sqlc $(TOOLS)/golangci-lint ## Build the tools (about 4 minutes the first time)

$(TOOLS)/golangci-lint: package := github.com/golangci/golangci-lint/v2/cmd/golangci-lint
$(TOOLS)/sqlc:          package := github.com/sqlc-dev/sqlc/cmd/sqlc
$(TOOLS)/gotestsum:     package := gotest.tools/gotestsum
$(TOOLS)/workflowcheck: package := go.temporal.io/sdk/contrib/tools/workflowcheck
# Without cgo sqlc runs PostgreSQL's parser as WebAssembly instead of compiling it from C for minutes.
$(TOOLS)/sqlc: export CGO_ENABLED := 0

$(TOOLS)/%: tools/go.mod tools/go.sum
	@mkdir -p $(TOOLS)
	@tools/progress 'building $@' -C tools go build -o ../$@ $(package)
	@touch $@
