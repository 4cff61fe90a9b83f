#!/usr/bin/env bash
# The end-to-end tests, on the cluster that up.sh makes or finds. `make e2e`. Arguments go to the test runner.
set -euo pipefail
# shellcheck source=kind-config/lib/all.sh
source "$(dirname "$0")/lib/all.sh"

export ACI_E2E_EMULATOR=$emulator_url

run_tests() {
  cd "$checkout"
  if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --locked --workspace --profile kind --test kind "$@"
  else
    cargo test --locked --workspace --test kind -- --test-threads 1 "$@"
  fi
}

images_ready() {
  samples_ready
  into_cluster "$hello_image"
}

steps_up
step 'the images that the tests need' images_ready
step 'end-to-end tests' run_tests "$@"
