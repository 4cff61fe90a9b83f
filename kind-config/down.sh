#!/usr/bin/env bash
# Removes what up.sh and demo.sh made, and nothing else. `make down`. Images and the cache stay; --clean takes them too.
set -euo pipefail
# shellcheck source=kind-config/lib/all.sh
source "$(dirname "$0")/lib/all.sh"
evidence() { docker ps -a; }

cluster_down() {
  docker inspect "$cluster_node" >/dev/null 2>&1 || return 0
  need_cluster_tools
  quietly kind-delete kind delete cluster --name "$cluster"
}

# The emulator knows what it made. What one leaves that cannot answer any more is known by its label.
emulator_down() {
  if docker inspect "$emulator_container" >/dev/null 2>&1; then
    docker start "$emulator_container" >/dev/null 2>&1 || true
    if ! { wait_until 20 'the emulator answers' emulator_answers && reset_emulator; }; then
      note 'it does not reset itself: its label tells what it made'
    fi
    docker rm -f -v "$emulator_container" >/dev/null
  fi
  sweep
}

reset_emulator() { curl -fsS --max-time 120 --request POST "$emulator_url/_emulator/reset" >/dev/null; }

# Another emulator may run on this engine too. Only the demo's has groups on the cluster's network, and the label's
# value, the same on all that one emulator makes, leads from these to the rest.
sweep() {
  local group label
  for group in $(docker ps -aq --filter "label=$emulator_label" --filter "network=$network"); do
    label=$emulator_label=$(docker inspect --format "{{index .Config.Labels \"$emulator_label\"}}" "$group" 2>/dev/null) || continue
    docker ps -aq --filter "label=$label" | xargs -r docker rm -f -v
    docker volume ls -q --filter "label=$label" | xargs -r docker volume rm
    docker network ls -q --filter "label=$label" | xargs -r docker network rm
  done >/dev/null
}

# Emulators of tests that were cut off.
tests_down() { docker ps -aq --filter label=aci-local=e2e | xargs -r docker rm -f -v >/dev/null; }

volume_down() {
  docker volume inspect "$emulator_volume" >/dev/null 2>&1 || return 0
  docker volume rm "$emulator_volume" >/dev/null
}

# Ours by its label, and only while nobody else's container, running or stopped, belongs to it.
network_down() {
  local owner
  owner=$(docker network inspect "$network" --format '{{index .Labels "aci-local"}}' 2>/dev/null) || return 0
  if [[ $owner != demo ]]; then
    note "network $network stays: it was there before"
  elif [[ -n $(docker ps -aq --filter "network=$network") ]]; then
    note "network $network stays: other containers use it"
  else
    docker network rm "$network" >/dev/null
  fi
}

clean() {
  local image
  for image in "$emulator_image" "$provider_image" "$hello_image" "$ubuntu_image" "$offline_node_image" \
    $(docker images --quiet --filter "label=$emulator_label"); do
    docker rmi "$image" >/dev/null 2>&1 && note "image $image"
  done || true
  rm -rf "$cache" "$state"
}

docker_answers || trouble no-docker
step "cluster $cluster" cluster_down
step 'emulator and every container group' emulator_down
step 'emulators of tests' tests_down
step "volume $emulator_volume" volume_down
step "network $network" network_down
rm -f "$KUBECONFIG"
[[ ${1:-} != --clean ]] || step 'images, cache and state' clean
