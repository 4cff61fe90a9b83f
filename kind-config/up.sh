#!/usr/bin/env bash
# Makes the cluster, the emulator and the provider, or finds them running. `make up`; the first half of `make demo`.
set -euo pipefail
# shellcheck source=kind-config/lib/all.sh
source "$(dirname "$0")/lib/all.sh"

steps_up
step 'the images that the samples need' samples_ready
