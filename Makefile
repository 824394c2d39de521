# `make` alone prints the targets. Everything built lies under out/.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

OUT := $(or $(BINDERY_OUT),out)
# Only a folder that the tools have worked in is ever emptied.
OURS = [ -e "$(OUT)/.lock" -a ! -e "$(OUT)/Makefile" ] || { echo "bindery: $(OUT) was not made by these tools; remove it by hand" >&2; exit 1; }

# One run at a time works in the output folder.
BUSY = echo "bindery: another make is at work in $(OUT); wait until it has ended, then run again" >&2
bindery = mkdir -p "$(OUT)" && { flock -w 20 -E 75 "$(OUT)/.lock" node --import tsx tools/bindery.ts $(1) || { code=$$?; if [ $$code = 75 ]; then $(BUSY); fi; exit $$code; }; }
export LINE JSON ONLY ONLINE ONTO PROPOSAL NODE_DIR CALLS MINUTES SECS SEED BATCH EPISODE

# Targets share node_modules and the output folder.
.NOTPARALLEL:

# npm packages come from the lock file: those that build node alone, or all.
NPM_FAILED = { echo "bindery: npm ci failed: $$(grep -m1 -E 'npm (error|ERR!)' "$(OUT)/npm.log"); check the network and npm's registry setting (log: $(OUT)/npm.log), then run make again" >&2; exit 1; }
npm_ci = mkdir -p "$(OUT)" && echo "npm packages" && npm ci --no-audit --no-fund --prefer-offline --fetch-retries=1 --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000 $(1) >"$(OUT)/npm.log" 2>&1 || $(NPM_FAILED)

.PHONY: help
help: ## print the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18
	@echo; echo "LINE=$$(sed -nE 's/.*"default": "(.*)".*/\1/p' lines.json) is taken where none is named."

node_modules/.build: package-lock.json
	@$(call npm_ci,--omit=dev)
	@touch $@

# tap is put together of the plugins that .taprc names.
node_modules/.all: package-lock.json .taprc
	@$(call npm_ci)
	@node node_modules/tap/dist/esm/run.mjs build >"$(OUT)/tap.log" 2>&1 || { echo "bindery: tap could not be built: $$(tail -n 1 "$(OUT)/tap.log"); see $(OUT)/tap.log, then run make again" >&2; exit 1; }
	@touch $@ node_modules/.build

.PHONY: deps-build deps-all
deps-build: $(if $(wildcard node_modules/.all),node_modules/.all,node_modules/.build)
deps-all: node_modules/.all

.PHONY: node
node: deps-build ## build out/<line>/bin/node with the proposals in it
	@$(call bindery,node)

# It takes long, so it has a lock of its own; it needs the fork tree only as it begins.
BUSY_FULL = { echo "bindery: another full build is at work in $(OUT); stop it or wait until it has ended, then run again" >&2; exit 75; }

.PHONY: node-full
node-full: deps-build ## build the whole of Node, V8 too: out/<line>/full/bin/node; stop it and go on at will
	@mkdir -p "$(OUT)"; exec 9>"$(OUT)/.lock-full"; flock -n 9 || $(BUSY_FULL); $(call bindery,full-source); exec node --import tsx tools/bindery.ts node-full

.PHONY: lock
lock: deps-build ## write what LINE's base is made of in its suite now into bases.lock.json
	@$(call bindery,lock)

.PHONY: base-files
base-files: deps-build ## fill the folder BINDERY_FILES with every file that bases.lock.json names
	@$(call bindery,base-files)

.PHONY: apply
apply: deps-build ## make the fork tree out/<line>/node, without building
	@$(call bindery,apply)

.PHONY: test
test: deps-all ## test the tools, our API and upstream's suites with that binary
	@$(call bindery,test)

.PHONY: suites
suites: deps-build ## upstream's whole parallel and sequential suites with that binary, beside the official one
	@$(call bindery,suites)

.PHONY: types
types: deps-all ## hold the declarations in typings/ to the binaries
	@$(call bindery,types)

.PHONY: check
check: deps-all ## the hooks of lib/ over official binaries, the newest release's too
	@$(call bindery,check)

.PHONY: unit
unit: deps-all ## the tools' own unit tests alone
	@$(call bindery,unit)

.PHONY: lint
lint: deps-all ## run every linter
	@$(call bindery,lint)

.PHONY: demo
demo: deps-build ## set and read socket options with that binary
	@$(call bindery,demo)

.PHONY: bench
bench: deps-build ## what calls and connections cost beside peers, and upstream's benchmarks beside the base's
	@$(call bindery,bench)

.PHONY: dist
dist: deps-all ## packages people can install, in out/<line>/dist; REPRODUCE=1 makes them twice
	@$(call bindery,dist)

.PHONY: downstream
downstream: deps-build ## programs and packages of others, with that binary
	@$(call bindery,downstream)

.PHONY: fuzz
fuzz: deps-build ## call everything with hostile values: CALLS=1000000, SEED=1
	@$(call bindery,fuzz)

.PHONY: fuzz-native
fuzz-native: deps-build ## libFuzzer over what our C++ takes from JavaScript: SECS=300, SEED=1
	@$(call bindery,fuzz-native)

.PHONY: soak
soak: deps-build ## random programs over the whole API, held to a model: MINUTES=5, SEED=1
	@$(call bindery,soak)

.PHONY: growth
growth: deps-build ## how costs grow with the number of handles, options and threads
	@$(call bindery,growth)

.PHONY: race
race: deps-build ## two processes race 1000 times to reserve one port
	@$(call bindery,race)

.PHONY: status
status: deps-build ## what has become of each proposal on each line (JSON=1 for programs, ONLINE=1 asks upstream)
	@$(call bindery,status)

.PHONY: table
table: deps-build ## write the table of proposals in the README anew
	@$(call bindery,table)

.PHONY: sanitize
sanitize: deps-build ## look at our C++ with the sanitizers: threads, memory, leaks
	@$(call bindery,sanitize)

.PHONY: windows
windows: deps-build ## compile our C++ for Windows, with mingw-w64
	@$(call bindery,windows)

.PHONY: macos
macos: deps-build ## compile our C++ for macOS, and for Linux on the other processor, with zig
	@$(call bindery,macos)

.PHONY: mutate
mutate: deps-all ## leave out one hook after the other: a test must miss it
	@$(call bindery,mutate)

.PHONY: export
export: deps-build ## carry what was changed in the fork tree back here
	@$(call bindery,export)

.PHONY: series
series: deps-all ## the proposals as mail for git am, out/<line>/series
	@$(call bindery,series)

.PHONY: pr
pr: deps-all ## a branch with PROPOSAL alone, and its description for a pull request
	@$(call bindery,pr)

.PHONY: doc
doc: deps-all ## the manual's pages with our sections as HTML, looked at in a browser
	@$(call bindery,doc)

.PHONY: rebase
rebase: deps-build ## move LINE to another base: ONTO=<git ref, folder or newer version>
	@$(call bindery,rebase)

.PHONY: next
next: deps-build ## hooks for the line's newest release, beside its own, until its base is that
	@$(call bindery,next)

.PHONY: rebase-continue
rebase-continue: deps-build ## go on after a conflict was resolved
	@$(call bindery,rebase-continue)

.PHONY: rebase-abort
rebase-abort: deps-build ## bring back what was before the rebase
	@$(call bindery,rebase-abort)

.PHONY: survival
survival: deps-build ## try the hooks of lib/ on every published release
	@$(call bindery,survival)

.PHONY: clean
clean: ## remove what was built, keep what was downloaded
	@if [ -e "$(OUT)" ]; then $(OURS); find "$(OUT)" -mindepth 1 -maxdepth 1 ! -name cache ! -name '.lock*' -exec rm -rf {} +; fi

.PHONY: distclean
distclean: ## remove everything that is not in git
	@if [ -e "$(OUT)" ]; then $(OURS); rm -rf "$(OUT)"; fi
	@rm -rf node_modules .tap
