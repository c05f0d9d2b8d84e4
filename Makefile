# Every target does all of its own set-up; `make` alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
CARGO := scripts/cargo.sh
TARGET := $(or $(CARGO_TARGET_DIR),target)

.PHONY: help setup up down test check bench fmt

help: ## list the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 16

setup: ## install what is missing (system packages with sudo when not root)
	@scripts/setup.sh

up: setup ## build, start the service with the demo products, leave it running
	@$(CARGO) build --release --workspace --locked
	@scripts/up.sh $(TARGET)/release/robotoff

down: ## stop what `make up` started; its data stay in var/
	@scripts/down.sh

test: ## run every test, on real servers that the tests start for themselves
	@scripts/setup.sh --tests
	@$(CARGO) test --workspace --locked
	@$(CARGO) test -p robotoff-off --features mongo --locked --lib --test it mongo

check: setup ## formatting, lints, licences and bans, documentation
	@$(CARGO) fmt --all --check
	@$(CARGO) clippy --workspace --all-targets --features robotoff/mongo --locked -- -D warnings
	@scripts/deny.sh
	@RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked

bench: ## measure on real data (../shared, or ROBOTOFF_SHARED)
	@scripts/setup.sh --benches
	@$(CARGO) bench --workspace --locked --bench '*'
	@$(CARGO) build --release --workspace --locked
	@scripts/bench_http.sh $(TARGET)/release/robotoff

fmt: setup ## format the code
	@$(CARGO) fmt --all
