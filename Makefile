# Everything that is done with this checkout. `make help` lists it.
# What the tools need is installed into the checkout (.local, infra/node_modules).

STAGE ?= dev
# STACKS are those that are deployed; the ones they stand on are deployed with them.
STACKS ?= --all
# ARCH is the processor the functions are built for: arm64 or amd64, as the stage says.
ARCH ?= arm64
# The samples and benchmarks run the functions on this machine.
BENCH ?= .
FUZZTIME ?= 30s

LOCAL := $(CURDIR)/.local
NODE := infra/node_modules/.package-lock.json
STATICCHECK := $(LOCAL)/bin/staticcheck-0.6.1
GOLANGCI_LINT := $(LOCAL)/bin/golangci-lint-2.12.2
CYCLONEDX := $(LOCAL)/bin/cyclonedx-gomod-1.10.0
CFN_LINT := $(LOCAL)/cfn-lint/bin/cfn-lint
SBOM := dist/sbom.json

export PATH := $(CURDIR)/infra/node_modules/.bin:$(PATH)
# Node 20 works; that its time is over concerns the machine, not every synthesis.
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20
export CDK_DISABLE_CLI_TELEMETRY := true
export CDK_DISABLE_VERSION_CHECK := true

# shared/lambdatest has the same flags, and a test compares them.
BUILD_FLAGS := -tags lambda.norpc -trimpath -buildvcs=false '-ldflags=-s -w -buildid='
SOURCES := go.mod go.sum $(shell find functions shared -type f -not -path '*/testdata/*' -not -name '*_test.go')
APP := bin/signalbox-infra
# Built and not `go run`: that would hide exit codes and leave the program behind
# when it is terminated itself.
SIGNALBOX_COMMAND := $(LOCAL)/bin/signalbox
SIGNALBOX := { [ -x $(SIGNALBOX_COMMAND) ] || echo "building the signalbox command, which takes a while the first time" >&2; } && \
	go build -o $(SIGNALBOX_COMMAND) ./infra/cmd/signalbox && exec $(SIGNALBOX_COMMAND)
CDK := cdk --context stage=$(STAGE)

.DEFAULT_GOAL := help
.PHONY: help setup build app synth diff deploy destroy demo local sam sam-check new scaffold-check readme test race local-check bench lint fuzz reproducible toolchain sbom cfn-lint clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## run the sample order through everything on this machine, account for every event
	@$(SIGNALBOX) demo

local: ## keep everything running on this machine and show the events; Ctrl-C ends it
	@$(SIGNALBOX) local

new: ## scaffold a function: make new NAME=order-created-gift EVENT=order.created SYSTEM=klaviyo [DOMAIN= EFFECT= PAYLOAD=]
	@$(SIGNALBOX) new $(foreach flag,NAME EVENT SYSTEM DOMAIN EFFECT PAYLOAD,$(if $($(flag)),--$(shell echo $(flag) | tr A-Z a-z) '$($(flag))'))

sam: ## run one function in SAM CLI: make sam FUNCTION=order-created-crm [SAMPLE=order.created.guest]
	@$(SIGNALBOX) sam $(FUNCTION) $(if $(SAMPLE),--sample '$(SAMPLE)')

sam-check: ## run a function in SAM CLI on a Docker engine of its own; says what is missing where that cannot be
	@$(SIGNALBOX) sam --check

scaffold-check: ## scaffold functions in a copy of the tree, deploy them locally, have them handle their samples
	go test ./infra/scaffold -run Deployed -deploy -count=1 -timeout 20m

readme: ## make the README's tables anew from the catalog
	@$(SIGNALBOX) readme

test: ## all tests; VENDOR_SPECS names the folder of the vendors' documents, if there is one
	go test -timeout 40m $(TESTFLAGS) ./...

race: ## the tests of what runs concurrently, under the race detector and in random order
	go test -race -shuffle on -short ./shared/...

local-check: ## break the demo in several ways and interrupt the local run: all accounted for, nothing left behind
	SIGNALBOX_LOCAL_TEST=1 go test -run 'TestDemo|TestLocalLeaves' -count=1 -timeout 10m ./infra/cmd/signalbox

bench: ## benchmarks, with the ratios to a bare handler
	go test -run '^$$' -bench '$(BENCH)' -benchmem $$(go list ./shared/... ./functions/...)

fuzz: ## fuzz every decoder of outside input for FUZZTIME each
	@set -e; for package in $$(go list ./shared/... ./functions/...); do \
		for target in $$(go test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
			echo "$$package $$target"; \
			go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$package; \
		done; \
	done

lint: $(STATICCHECK) $(GOLANGCI_LINT) ## gofmt, go vet, staticcheck, golangci-lint
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); \
	if [ -n "$$unformatted" ]; then echo "not formatted, run gofmt -w:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	$(STATICCHECK) ./...
	GOLANGCI_LINT_CACHE=$(LOCAL)/golangci-lint $(GOLANGCI_LINT) run

setup: $(NODE) $(STATICCHECK) $(GOLANGCI_LINT) $(CYCLONEDX) $(CFN_LINT) ## install the pinned tools into the checkout
	@go mod download

$(NODE): infra/package.json infra/package-lock.json infra/.npmrc
	@echo "installing the CDK CLI and its Node"
	@npm ci --prefix infra --loglevel=error
	@touch $@

$(STATICCHECK):
	@echo "installing staticcheck"
	@GOBIN=$(LOCAL)/bin/new go install honnef.co/go/tools/cmd/staticcheck@v0.6.1
	@mv $(LOCAL)/bin/new/staticcheck $@ && rmdir $(LOCAL)/bin/new

$(GOLANGCI_LINT):
	@echo "installing golangci-lint, which takes some minutes"
	@GOBIN=$(LOCAL)/bin/new-golangci-lint go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.12.2
	@mv $(LOCAL)/bin/new-golangci-lint/golangci-lint $@ && rmdir $(LOCAL)/bin/new-golangci-lint

$(CYCLONEDX):
	@echo "installing cyclonedx-gomod"
	@GOBIN=$(LOCAL)/bin/new-cyclonedx go install github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0
	@mv $(LOCAL)/bin/new-cyclonedx/cyclonedx-gomod $@ && rmdir $(LOCAL)/bin/new-cyclonedx

# A program of the environment is touched last: one that failed half way is made again.
$(CFN_LINT): .ci/requirements.txt
	@echo "installing cfn-lint"
	@rm -rf $(LOCAL)/cfn-lint && python3 -m venv $(LOCAL)/cfn-lint
	@$(LOCAL)/cfn-lint/bin/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --only-binary :all: --require-hashes --requirement $<
	@touch $@

build: dist/.$(ARCH) ## build every function into dist/ARCH/NAME/bootstrap

# One go build links all functions; each then gets a folder with nothing else in
# it, since the folder is what is deployed and hashed.
dist/.$(ARCH): $(SOURCES) Makefile
	@echo "building the functions for linux/$(ARCH)"
	@rm -rf dist/$(ARCH).new && mkdir -p dist/$(ARCH).new
	@GOOS=linux GOARCH=$(ARCH) CGO_ENABLED=0 go build $(BUILD_FLAGS) -o dist/$(ARCH).new/ ./functions/...
	@for program in dist/$(ARCH).new/*; do \
		mkdir -p dist/$(ARCH)/$${program##*/} && chmod 755 $$program && mv $$program dist/$(ARCH)/$${program##*/}/bootstrap; \
	done
	@rmdir dist/$(ARCH).new && touch $@

app: ## build the CDK app; the first time takes some minutes
	@[ -x $(APP) ] || echo "building the CDK app, which takes some minutes the first time"
	@go build -o $(APP) ./infra

synth: $(NODE) ## synthesize the stacks of STAGE into cdk.out; STRICT=1 also validates and checks practices
	@rm -rf cdk.out
	CDK_VALIDATION=$(if $(STRICT),true,false) $(CDK) synth --quiet $(if $(STRICT),--strict --context strict=true)

diff: $(NODE) ## what deploying STAGE would change
	$(CDK) diff

deploy: $(NODE) ## deploy STAGE, or of it only STACKS
	$(CDK) deploy $(STACKS)

destroy: $(NODE) ## remove STAGE; what holds data stays unless the stage says destroy
	$(CDK) destroy --all

reproducible: ## build from two copies of the last commit and compare the binaries
	@rm -rf $(LOCAL)/reproducible && mkdir -p $(LOCAL)/reproducible/one $(LOCAL)/reproducible/another/place
	@for copy in one another/place; do \
		git archive HEAD | tar -x -C $(LOCAL)/reproducible/$$copy && \
		$(MAKE) --silent --no-print-directory -C $(LOCAL)/reproducible/$$copy build ARCH=$(ARCH) && \
		(cd $(LOCAL)/reproducible/$$copy/dist && find $(ARCH) -name bootstrap | sort | xargs sha256sum) > $(LOCAL)/reproducible/$${copy%%/*}.sum || exit 1; \
	done
	@diff $(LOCAL)/reproducible/one.sum $(LOCAL)/reproducible/another.sum && cat $(LOCAL)/reproducible/one.sum
	@echo "the same bytes from two folders: $$(wc -l < $(LOCAL)/reproducible/one.sum) functions"
	@rm -rf $(LOCAL)/reproducible

toolchain: build ## check that the built functions come from the toolchain and with the settings that go.mod and this file name
	FUNCTIONS=$(CURDIR)/dist/$(ARCH) go test ./infra/artifact -run 'TestFunctionsAreBuilt' -count=1

sbom: $(CYCLONEDX) ## write the bill of materials of the module, CycloneDX, into dist/sbom.json and check it
	@mkdir -p $(dir $(SBOM))
	@$(CYCLONEDX) mod -json -type application -std -licenses=false -output-version 1.6 -output $(SBOM)
	SBOM=$(CURDIR)/$(SBOM) go test ./infra/artifact -run 'TestSBOM' -count=1

# W3005 is off: the CDK names dependencies that a reference implies, which is harmless.
cfn-lint: $(CFN_LINT) ## check the templates of the last `make synth` with cfn-lint
	@ls cdk.out/*.template.json >/dev/null 2>&1 || { echo "no templates in cdk.out: run make synth first"; exit 1; }
	$(CFN_LINT) --ignore-checks W3005 --template cdk.out/*.template.json

clean: ## remove everything that was built or installed
	rm -rf bin cdk.out dist infra/node_modules .local
