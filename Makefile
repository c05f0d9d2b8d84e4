# Every target does all of its own set-up; `make` alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
CARGO := scripts/cargo.sh
TARGET := $(or $(CARGO_TARGET_DIR),target)

# One set of features for tests and lints: another set would compile nearly every
# dependency again.
FEATURES := --features robotoff/mongo
# Tests that need real data are ignored where there are none. In CI they are not: there
# they fail without them. CI runs every test program, whatever fails before.
SHARED := $(wildcard $(or $(ROBOTOFF_SHARED),../shared)/data)
IN_CI := $(filter true 1,$(CI))
KEEP_GOING := $(if $(IN_CI),--no-fail-fast)
IGNORED := $(if $(or $(SHARED),$(IN_CI)),--include-ignored)

.PHONY: help setup up down test storm integration photos check bench bench-api fmt quality dist image

help: ## list the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 20

setup: ## install what is missing (system packages with sudo when not root)
	@scripts/setup.sh

up: setup ## build, start the service with the demo products, leave it running
	@scripts/web.sh
	@$(CARGO) build --release --workspace --locked
	@$(TARGET)/release/robotoff models pull || echo "up: photos are not read until \`robotoff models pull\` succeeds" >&2
	@scripts/up.sh $(TARGET)/release/robotoff

down: ## stop what `make up` started; its data stay in var/
	@scripts/down.sh

test: ## run every test that needs no server but PostgreSQL and Redis, which the tests start
	@scripts/setup.sh --tests
	@scripts/web.sh
	@$(CARGO) test --workspace $(FEATURES) --locked $(KEEP_GOING) -- $(IGNORED)

storm: ## the storm of `make test` with 100 kills; STORM_KILLS and STORM_SEED change it
	@scripts/setup.sh --tests
	@STORM_KILLS=$(or $(STORM_KILLS),100) $(CARGO) test --workspace $(FEATURES) --locked --test it -- \
	  --nocapture service::storm

quality: setup ## measure the extractors on label texts with a known truth; fail where they got worse
	@$(CARGO) build --workspace $(FEATURES) --locked
	@scripts/check_labels.py
	@scripts/label_quality.py --program $(TARGET)/debug/robotoff --data tests/data \
	  --figures tests/labels/figures.json tests/labels/*.jsonl

integration: ## run the tests against other servers, which they start for themselves
	@scripts/setup.sh --integration
	@scripts/web.sh
	@scripts/clients.sh
	@scripts/triton.sh
	@$(CARGO) test --workspace $(FEATURES) --locked $(KEEP_GOING) --test integration

photos: setup ## read the real photos of ../shared and compare with the goals of docs/ocr.md
	@$(CARGO) test --workspace $(FEATURES) --locked --test integration -- --include-ignored photos::

check: setup ## formatting, lints, licences and bans, documentation, pages and OpenAPI
	@scripts/web.sh
	@npm --prefix web run --silent check
	@$(CARGO) fmt --all --check
	@$(CARGO) clippy --workspace --all-targets $(FEATURES) --locked -- -D warnings
	@# `--all-targets` leaves out the programs with `test = false`.
	@$(CARGO) clippy --workspace --test integration $(FEATURES) --locked -- -D warnings
	@scripts/deny.sh
	@RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace $(FEATURES) --no-deps --locked
	@$(CARGO) check --workspace --locked # as `make up` builds it: without MongoDB

bench: ## measure on real data (../shared, or ROBOTOFF_SHARED)
	@scripts/setup.sh --benches
	@$(CARGO) bench --workspace --locked --bench '*'
	@$(CARGO) build --release --workspace --locked
	@scripts/bench_http.sh $(TARGET)/release/robotoff

INSIGHTS := 100000
bench-api: ## measure the API with wrk on made-up insights (INSIGHTS="100000 1000000 10000000")
	@scripts/setup.sh --benches
	@$(CARGO) build --release --workspace --locked
	@scripts/bench_api.py $(TARGET)/release/robotoff --insights $(INSIGHTS)

# Paths of this machine are no part of the program, so that another one builds the same bytes.
dist: setup ## release artefacts in target/dist: tarball, Debian package, bill of materials, checksums
	@scripts/web.sh
	@RUSTFLAGS="--remap-path-prefix=$(CURDIR)=robotoff --remap-path-prefix=$(or $(CARGO_HOME),$(HOME)/.cargo)=cargo" \
	  $(CARGO) build --release -p robotoff $(FEATURES) --locked --target-dir $(TARGET)/dist-build
	@scripts/dist.py --program $(TARGET)/dist-build/release/robotoff --out $(TARGET)/dist

image: ## carry out the Dockerfile without docker, as root (with sudo); the program is target/release/robotoff
	@$(if $(filter-out 0,$(shell id -u)),sudo) scripts/dockerfile_run.py --prebuilt $(TARGET)/release/robotoff --folder $(TARGET)/image

fmt: setup ## format the code
	@$(CARGO) fmt --all
