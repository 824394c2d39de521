# `make` without a target lists the targets. Everything built goes below out/.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

OUT := $(or $(BINDERY_OUT),out)
# Only a folder that was made by these tools may be emptied.
OURS = [ -e "$(OUT)/.lock" -a ! -e "$(OUT)/Makefile" ] || { echo "bindery: $(OUT) was not made by these tools; remove it by hand" >&2; exit 1; }

# Only one run at a time may use the output folder.
BUSY = echo "bindery: another make is at work in $(OUT); wait until it has ended, then run again" >&2
bindery = mkdir -p "$(OUT)" && { flock -w 20 -E 75 "$(OUT)/.lock" node --import tsx tools/bindery.ts $(1) || { code=$$?; if [ $$code = 75 ]; then $(BUSY); fi; exit $$code; }; }
export LINE ARCH JSON ONLY ONLINE ONTO PROPOSAL NODE_DIR BENCH CALLS MINUTES SECS SEED BATCH EPISODE OWN SAMPLE

# The targets share node_modules and the output folder.
.NOTPARALLEL:

# Installs the npm packages in the lock file: all of them, or only those needed to
# build node.
NPM_FAILED = { echo "bindery: npm ci failed: $$(grep -m1 -E 'npm (error|ERR!)' "$(OUT)/npm.log"); check the network and npm's registry setting (log: $(OUT)/npm.log), then run make again" >&2; exit 1; }
npm_ci = mkdir -p "$(OUT)" && echo "npm packages" && npm ci --no-audit --no-fund --prefer-offline --fetch-retries=1 --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000 $(1) >"$(OUT)/npm.log" 2>&1 || $(NPM_FAILED)

.PHONY: help
help: # print the targets in their groups
	@awk -F ':.*## ' '/^##@ / { printf "%s%s\n", n++ ? "\n" : "", substr($$0, 5) } /^[a-z-]+:.*## / { printf "  %-16s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo; echo "LINE=$$(sed -nE 's/.*"default": "(.*)".*/\1/p' lines.json) is used where a target takes one line and none is named."

node_modules/.build: package-lock.json
	@$(call npm_ci,--omit=dev)
	@touch $@

# tap is built from the plugins listed in .taprc.
node_modules/.all: package-lock.json .taprc
	@$(call npm_ci)
	@node node_modules/tap/dist/esm/run.mjs build >"$(OUT)/tap.log" 2>&1 || { echo "bindery: tap could not be built: $$(tail -n 1 "$(OUT)/tap.log"); see $(OUT)/tap.log, then run make again" >&2; exit 1; }
	@touch $@ node_modules/.build

.PHONY: deps-build deps-all
deps-build: $(if $(wildcard node_modules/.all),node_modules/.all,node_modules/.build)
deps-all: node_modules/.all

##@ Build

.PHONY: node
node: deps-build ## build out/<line>/bin/node with the proposals in it
	@$(call bindery,node)

.PHONY: demo
demo: deps-build ## run an example with that binary
	@$(call bindery,demo)

.PHONY: apply
apply: deps-build ## make the fork tree out/<line>/node, without building
	@$(call bindery,apply)

# A full build takes hours and only needs the fork tree when it starts, so it has a
# separate lock.
BUSY_FULL = { echo "bindery: another full build is at work in $(OUT); stop it or wait until it has ended, then run again" >&2; exit 75; }

.PHONY: node-full
node-full: deps-build ## build all of Node.js, including V8, as out/<line>/full/bin/node; it can be stopped and resumed
	@mkdir -p "$(OUT)"; exec 9>"$(OUT)/.lock-full"; flock -n 9 || $(BUSY_FULL); $(call bindery,full-source); exec node --import tsx tools/bindery.ts node-full

.PHONY: lock
lock: deps-build ## write what LINE's base consists of in its suite now to bases.lock.json
	@$(call bindery,lock)

.PHONY: base-files
base-files: deps-build ## fill the folder BINDERY_FILES with every file that bases.lock.json names
	@$(call bindery,base-files)

.PHONY: clean
clean: ## remove what was built, keep what was downloaded
	@if [ -e "$(OUT)" ]; then $(OURS); find "$(OUT)" -mindepth 1 -maxdepth 1 ! -name cache ! -name '.lock*' -exec rm -rf {} +; fi

.PHONY: distclean
distclean: ## remove everything that is not in git
	@if [ -e "$(OUT)" ]; then $(OURS); rm -rf "$(OUT)"; fi
	@rm -rf node_modules .tap

##@ Upstream

.PHONY: pr
pr: deps-all ## make a branch with PROPOSAL alone, build and test it, and write the text of its pull request
	@$(call bindery,pr)

.PHONY: prs
prs: deps-all ## do that for every proposal of LINE, and print a table
	@$(call bindery,prs)

.PHONY: series
series: deps-all ## write the proposals as mail for git am, to out/<line>/series
	@$(call bindery,series)

.PHONY: export
export: deps-build ## carry what was changed in the fork tree back to this project
	@$(call bindery,export)

.PHONY: rebase
rebase: deps-build ## move LINE to another base: ONTO=<git ref, folder or newer version>
	@$(call bindery,rebase)

.PHONY: rebase-continue
rebase-continue: deps-build ## go on after a conflict has been resolved
	@$(call bindery,rebase-continue)

.PHONY: rebase-abort
rebase-abort: deps-build ## restore what was there before the rebase
	@$(call bindery,rebase-abort)

.PHONY: next
next: deps-build ## write the hooks that the line's newest release needs, next to its own
	@$(call bindery,next)

.PHONY: status
status: deps-build ## show what has become of each proposal on each line (JSON=1 for programs, ONLINE=1 asks upstream)
	@$(call bindery,status)

.PHONY: table
table: deps-build ## write the table of proposals in the README again
	@$(call bindery,table)

.PHONY: survival
survival: deps-build ## try the hooks of lib/ on every published release
	@$(call bindery,survival)

##@ Test

.PHONY: test
test: deps-all ## run every test: of the tools, the binaries, our API and upstream's suites
	@$(call bindery,test)

.PHONY: unit
unit: deps-all ## run the tools' own tests alone
	@$(call bindery,unit)

.PHONY: lint
lint: deps-all ## run every linter
	@$(call bindery,lint)

.PHONY: types
types: deps-all ## compare the declarations in typings/ with the binaries
	@$(call bindery,types)

.PHONY: check
check: deps-all ## run the hooks of lib/ over official binaries, including the newest releases
	@$(call bindery,check)

.PHONY: suites
suites: deps-build ## run upstream's whole parallel and sequential suites, with that binary and the official one
	@$(call bindery,suites)

.PHONY: mutate
mutate: deps-all ## leave out one hook at a time: a test must fail each time; OWN=lib changes our own files: SAMPLE=200, SEED=1, MINUTES=60
	@$(call bindery,mutate)

.PHONY: downstream
downstream: deps-build ## run programs and packages of others with that binary
	@$(call bindery,downstream)

.PHONY: bench
bench: deps-build ## measure calls and connections next to their peers, and run upstream's benchmarks
	@$(call bindery,bench)

.PHONY: growth
growth: deps-build ## measure how costs grow with the number of handles, options and threads
	@$(call bindery,growth)

.PHONY: race
race: deps-build ## let two processes race 1000 times to reserve one port
	@$(call bindery,race)

.PHONY: fuzz
fuzz: deps-build ## call everything with hostile values: CALLS=1000000, SEED=1
	@$(call bindery,fuzz)

.PHONY: fuzz-native
fuzz-native: deps-build ## run libFuzzer on what our C++ takes from JavaScript: SECS=300, SEED=1
	@$(call bindery,fuzz-native)

.PHONY: soak
soak: deps-build ## run random programs over the whole API and compare them with a model: MINUTES=5, SEED=1
	@$(call bindery,soak)

.PHONY: sanitize
sanitize: deps-build ## run our C++ under the sanitizers: threads, memory, leaks
	@$(call bindery,sanitize)

.PHONY: windows
windows: deps-build ## compile our C++ for Windows with mingw-w64
	@$(call bindery,windows)

.PHONY: macos
macos: deps-build ## compile our C++ for macOS, and for Linux on the other processor, with zig
	@$(call bindery,macos)

##@ Publish

.PHONY: dist
dist: deps-all ## make packages that people can install, in out/<line>/dist; REPRODUCE=1 makes them twice
	@$(call bindery,dist)

.PHONY: try
try: deps-all ## make a package that brings our lib/ and C++ to official binaries, in out/try, and try it
	@$(call bindery,try)

.PHONY: doc
doc: deps-all ## render the pages of the manual that have sections of ours, and check them in a browser
	@$(call bindery,doc)
