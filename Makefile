# `make` alone prints the targets. Everything built lies under out/.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

OUT := $(or $(BINDERY_OUT),out)
BINDERY = node --import tsx tools/bindery.ts
export LINE

# npm packages come from the lock file: those that build node alone, or all.
NPM_FAILED = { echo "bindery: npm ci failed: $$(grep -m1 -E 'npm (error|ERR!)' $(OUT)/npm.log); check the network and npm's registry setting (log: $(OUT)/npm.log), then run make again" >&2; exit 1; }
npm_ci = mkdir -p $(OUT) && echo "npm packages" && npm ci --no-audit --no-fund $(1) >$(OUT)/npm.log 2>&1 || $(NPM_FAILED)

.PHONY: help
help: ## print the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12
	@echo; echo "LINE=$$(sed -nE 's/.*"default": "(.*)".*/\1/p' lines.json) is taken where none is named."

node_modules/.build: package-lock.json
	@$(call npm_ci,--omit=dev)
	@touch $@

node_modules/.all: package-lock.json
	@$(call npm_ci)
	@touch $@ node_modules/.build

.PHONY: deps-build deps-all
deps-build: $(if $(wildcard node_modules/.all),node_modules/.all,node_modules/.build)
deps-all: node_modules/.all

.PHONY: node
node: deps-build ## build out/<line>/bin/node with the proposals in it
	@$(BINDERY) node

.PHONY: apply
apply: deps-build ## make the fork tree out/<line>/node, without building
	@$(BINDERY) apply

.PHONY: test
test: deps-all ## test the tools, our API and upstream's suites with that binary
	@$(BINDERY) test

.PHONY: unit
unit: deps-all ## the tools' own unit tests alone
	@$(BINDERY) unit

.PHONY: lint
lint: deps-all ## run every linter
	@$(BINDERY) lint

.PHONY: demo
demo: deps-build ## set and read socket options with that binary
	@$(BINDERY) demo

.PHONY: bench
bench: deps-build ## cost of a call beside the same loop in C
	@$(BINDERY) bench

.PHONY: clean
clean: ## remove what was built, keep what was downloaded
	@if [ -d $(OUT) ]; then find $(OUT) -mindepth 1 -maxdepth 1 ! -name cache -exec rm -rf {} +; fi

.PHONY: distclean
distclean: ## remove everything that is not in git
	@rm -rf $(OUT) node_modules .tap
