# shellcheck shell=bash
# Every quirk of a host that the cluster has to work around, each with the test that recognises it.
# A host without the quirk is left as it is.

host_quirks() {
  quirk_bounded_capabilities
  quirk_fuse_overlayfs
}

# The host withholds CAP_SYS_RESOURCE, so runc cannot start the --privileged container that a kind node is.
# Recognised: bit 24 is missing from the bounding set of the Docker daemon itself, and its runtime is plain runc.
# Remedy: a runtime that drops that one capability before it calls runc. Both settings are live-reloadable.
quirk_bounded_capabilities() {
  local pid bounding wrapper=/usr/local/sbin/runc-bounded config=/etc/docker/daemon.json
  pid=$(cat /var/run/docker.pid 2>/dev/null || pgrep -xo dockerd) || return 0
  bounding=$(awk '/^CapBnd/ {print $2}' "/proc/$pid/status" 2>/dev/null) || return 0
  [[ -n $bounding ]] && (((0x$bounding >> 24 & 1) == 0)) || return 0
  [[ $(docker info --format '{{.DefaultRuntime}}') == runc ]] || return 0
  note "this host withholds CAP_SYS_RESOURCE: Docker's default runtime becomes $wrapper (set in $config; it stays after 'make down')"
  ((EUID == 0)) || trouble no-privileges
  install -m 755 "$here/lib/runc-bounded" "$wrapper"
  mkdir -p "$(dirname "$config")"
  [[ -s $config ]] || echo '{}' >"$config"
  jq --arg path "$wrapper" '.runtimes["runc-bounded"].path = $path | ."default-runtime" = "runc-bounded"' "$config" >"$config.new"
  mv "$config.new" "$config"
  kill -HUP "$pid"
  wait_until 10 "Docker's default runtime is runc-bounded" default_runtime_is runc-bounded
}

default_runtime_is() { [[ $(docker info --format '{{.DefaultRuntime}}') == "$1" ]]; }

# Where Docker stores images with fuse-overlayfs, kind copies that choice into its node, which then stops at start-up.
# Recognised: the storage driver that `docker info` names. The node's own /var is a volume, so overlayfs works there.
quirk_fuse_overlayfs() {
  [[ $(docker info --format '{{.Driver}}') == fuse-overlayfs ]] || return 0
  note 'Docker stores images with fuse-overlayfs: the node keeps overlayfs'
  export KIND_EXPERIMENTAL_CONTAINERD_SNAPSHOTTER=overlayfs
}
