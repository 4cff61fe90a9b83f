#!/usr/bin/env bash
# Microsoft's own clients against an emulator of this checkout: the Python SDK and the command line, by name from PyPI.
# `make conformance`. No cluster; an emulator of its own on a free port, gone at the end. Arguments go to pytest.
set -euo pipefail
# shellcheck source=kind-config/lib/all.sh
source "$(dirname "$0")/lib/all.sh"

suite=$checkout/e2e/conformance
clients=$state/conformance
emulator_pid=''

# client NAME: a virtual environment with what requirements-NAME.txt lists; made anew when the list changed.
client() {
  local name=$1 wanted
  wanted=$(sha256sum <"$suite/requirements-$name.txt")
  [[ $(cat "$clients/$name/made-from" 2>/dev/null) != "$wanted" ]] || return 0
  note "install what requirements-$name.txt lists"
  rm -rf "${clients:?}/$name"
  python3 -m venv "$clients/$name"
  quietly "pip-$name" "$clients/$name/bin/pip" install --quiet --disable-pip-version-check -r "$suite/requirements-$name.txt"
  echo "$wanted" >"$clients/$name/made-from"
}

clients_ready() {
  need python3 python3
  python3 -c 'import ensurepip' 2>/dev/null || need_venv
  mkdir -p "$clients"
  client sdk
  client preview
  client az
}

# Debian keeps what makes virtual environments in a package of its own.
need_venv() {
  on_debian_as_root || stop 'python3 cannot make virtual environments' "install python3-venv with your package manager"
  note 'install python3-venv'
  quietly install-venv debian_install python3-venv
}

images_ready() {
  runtime=sim
  docker_answers || { note 'no Docker engine answers: the simulation stands in, and what needs containers is not run'; return; }
  runtime=docker
  sample_image "$hello_image" hello_stand_in
}

emulator_ready() {
  quietly compile compile
  rm -f "$logs/conformance-emulator.out"
  "$(target_dir)/release/aci-emulator" --in-memory --listen 127.0.0.1:0 --runtime "$runtime" \
    >"$logs/conformance-emulator.out" 2>"$logs/conformance-emulator.log" &
  emulator_pid=$!
  wait_until 20 'the emulator says where it listens' grep -q 'listens on' "$logs/conformance-emulator.out"
  port=$(sed -nE 's/.*listens on 127\.0\.0\.1:([0-9]+) .*/\1/p' "$logs/conformance-emulator.out")
  curl -fsS "http://127.0.0.1:$port/_emulator/ca.pem" >"$clients/ca.pem"
  note "emulator on https://127.0.0.1:$port, runtime $runtime"
}

emulator_gone() {
  [[ -n $emulator_pid ]] || return 0
  curl -fsS --max-time 120 --request POST "http://127.0.0.1:$port/_emulator/reset" >/dev/null || true
  kill "$emulator_pid" 2>/dev/null || true
}

settings() {
  export CONFORMANCE_ENDPOINT=https://127.0.0.1:$port CONFORMANCE_CA=$clients/ca.pem CONFORMANCE_RUNTIME=$runtime
  export CONFORMANCE_SUBSCRIPTION=$subscription CONFORMANCE_TENANT=$tenant CONFORMANCE_IMAGE=$hello_image
  export CONFORMANCE_AZ=$clients/az/bin/az AZURE_CONFIG_DIR=$clients/azure
  export REQUESTS_CA_BUNDLE=$clients/ca.pem SSL_CERT_FILE=$clients/ca.pem AZURE_CORE_COLLECT_TELEMETRY=false
}

# The user's own ~/.azure is never touched.
az_logged_in() {
  local az=$clients/az/bin/az
  rm -rf "$AZURE_CONFIG_DIR"
  "$az" cloud register -n aci-local --endpoint-resource-manager "$CONFORMANCE_ENDPOINT" \
    --endpoint-active-directory "$CONFORMANCE_ENDPOINT" --endpoint-active-directory-resource-id https://management.azure.com/
  "$az" cloud set -n aci-local
  "$az" config set core.instance_discovery=false core.only_show_errors=true
  "$az" group list >/dev/null 2>&1 || true
  arm_group
  "$az" login --service-principal -u me -p any --tenant "$tenant"
}

# `az login` takes the first subscription that it finds; one with a resource group is listed.
arm_group() {
  emulator_url=http://127.0.0.1:$port
  resource_group
}

log_in() { quietly az-login az_logged_in; }

# Clients wait far more than they compute, so more of them run than there are cores.
run_suite() {
  local name=$1
  shift
  # 5: what was asked for by an argument is in the other suite.
  (cd "$suite" && "$clients/$name/bin/python" -m pytest -n 8 "test_$name"_*.py "$@") || (($? == 5))
}

# The status with which the script ends is the one that report_failure tells.
finish() {
  local status=$?
  emulator_gone
  (exit "$status") || report_failure
}

trap finish EXIT
evidence() { tail -25 "$logs/conformance-emulator.log"; }
step 'clients, by name from PyPI' clients_ready
step 'the image that the tests run' images_ready
step 'an emulator of this checkout' emulator_ready
settings
step 'az is logged in, with a configuration of its own' log_in
step 'the Python SDK' run_suite sdk "$@"
step 'the preview SDKs: profiles, NGroups, standby pools' run_suite preview "$@"
step 'az container' run_suite az "$@"
