# The verbs of the project. Each is one command; `make help` lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo up down clean test e2e conformance bench lint fmt doc

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## cluster, emulator, provider and the AKS sample, with its page at the end
	@kind-config/demo.sh

up: ## cluster, emulator and provider
	@kind-config/up.sh

down: ## remove all that demo, up and e2e made, except images and cache
	@kind-config/down.sh

clean: ## down, and the images, the cache and the state too
	@kind-config/down.sh --clean

test: ## unit and in-process tests; with a Docker engine the Docker class too
	@.ci/test

e2e: ## end-to-end tests on the cluster, which is made when absent
	@kind-config/e2e.sh

conformance: ## Microsoft's own clients (Python SDK, az) against an emulator of this checkout
	@kind-config/conformance.sh

bench: up ## start-up, memory, throughput and latency against raw Docker; 1,000 pods at once
	@cargo build --quiet --release --locked -p aci-emulator -p aci-provider
	@KUBECONFIG=$(CURDIR)/.state/kubeconfig cargo run --quiet --release --locked -p aci-e2e --bin aci-bench

lint: ## formatting, clippy, shellcheck and the documents
	@.ci/lint

fmt: ## format the Rust code
	@cargo fmt --all

doc: ## the documentation of the crates, private items too, warnings denied
	@RUSTDOCFLAGS='-D warnings -A rustdoc::private_intra_doc_links' cargo doc --locked --workspace --no-deps --document-private-items
