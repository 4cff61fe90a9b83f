#!/usr/bin/env bash
# The end-to-end tests, on the cluster that up.sh makes or finds. `make e2e`. Arguments go to the test runner.
set -euo pipefail
# shellcheck source=kind-config/lib/all.sh
source "$(dirname "$0")/lib/all.sh"

export ACI_E2E_EMULATOR_URL=$emulator_url
export ACI_E2E_SUBSCRIPTION=$subscription
export ACI_E2E_TENANT=$tenant
export ACI_E2E_RESOURCE_GROUP=$resource_group
export ACI_E2E_NODE=$virtual_node
export ACI_E2E_EMULATOR_CONTAINER=$emulator_container
export ACI_E2E_SAMPLES=$here/samples
export ACI_E2E_HELLO_IMAGE=$hello_image
export ACI_E2E_UBUNTU_IMAGE=$ubuntu_image

run_tests() {
  cd "$checkout"
  if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --locked --workspace --profile kind "$@"
  else
    cargo test --locked --workspace --test kind -- "$@"
  fi
}

steps_up
step 'the images that the tests need' samples_ready
step 'end-to-end tests' run_tests "$@"
