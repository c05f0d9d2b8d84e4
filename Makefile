# Every target does all of its own set-up. `make` alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
CARGO := scripts/cargo.sh

.PHONY: help setup up down test check bench fmt

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: ## install what is missing (uses sudo for system packages when not root)
	@scripts/setup.sh

up: setup ## build, and read the bundled label
	@$(CARGO) build --release --locked -p robotoff
	@target/release/robotoff extract --format text data/demo/3561234567890_1.json

down: ## stop what `make up` started (nothing runs on after it today)
	@echo "nothing to stop: robotoff runs no service yet"

test: setup ## run every test
	@$(CARGO) test --workspace --locked

check: setup ## formatting, lints, licences and bans, documentation
	@$(CARGO) fmt --check
	@$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	@scripts/deny.sh
	@RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked

bench: setup ## measure on real data (../shared, or ROBOTOFF_SHARED)
	@$(CARGO) bench --workspace --locked --benches

fmt: setup ## format the code
	@$(CARGO) fmt
