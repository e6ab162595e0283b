# `make help` lists what there is. Every target does its own set-up; a second run needs no network.
SHELL := /bin/bash
SWIFT_FLAGS := -c release --explicit-target-dependency-import-check error
CONFIG := Provisioning

.DEFAULT_GOAL := help
.PHONY: help setup model build demo test crosscheck crosscheck-training bench fuzz crash coverage clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 28

setup:
	@$(CONFIG)/packages.sh $(CONFIG)/apt-packages.txt

model: setup ## download the demonstration model (98 MB) and check its digest
	@$(CONFIG)/model.sh

build: setup ## all programs, in release mode, into .build/release/
	swift build $(SWIFT_FLAGS)

demo: build model ## the whole audit, from sealed media to a verified verdict; results in .demo/
	@Provisioning/demo.sh

test: setup model ## build and test in release mode, warnings as errors
	swift build $(SWIFT_FLAGS) --build-tests
	swift test $(SWIFT_FLAGS) --skip-build

crosscheck: setup ## programs that others wrote verify what `make demo` left in .demo/, and evaluate a served model
	@$(CONFIG)/packages.sh $(CONFIG)/apt-packages-crosscheck.txt
	@Tests/Crosscheck/run.sh

crosscheck-training: build model ## PEFT and transformers read what the engine trained and merged (PyTorch: 900 MB to download)
	@Tests/Crosscheck/training/run.sh

bench: build model ## figures against peers in the same run, into .bench/results.jsonl (ONLY=name for one)
	@$(CONFIG)/packages.sh $(CONFIG)/apt-packages-bench.txt
	@Tests/Benchmarks/run.sh $(ONLY)

fuzz: setup ## fuzz every parser of outside bytes for a short while (FUZZ_RUNS=1000000 for longer)
	@Tests/Fuzz/run.sh $(FUZZ_RUNS)

crash: setup ## kill writers of the ledger (1,000 times), of media and of the store (200 each) at random moments (CRASH_RUNS=20 for fewer)
	swift build $(SWIFT_FLAGS) --product ledger-crash
	swift build $(SWIFT_FLAGS) --product media-crash
	.build/release/ledger-crash run --runs $(or $(CRASH_RUNS),1000)
	.build/release/media-crash run --runs $(or $(CRASH_RUNS),200)

coverage: setup ## simulate how often the statistics' intervals cover the truth (SIMULATIONS=1000 for fewer than 20,000 a cell)
	swift build $(SWIFT_FLAGS) --product statistics-coverage
	.build/release/statistics-coverage --simulations $(or $(SIMULATIONS),20000)

clean: ## remove what was built and what the demonstration left
	rm -rf .build .demo .bench
