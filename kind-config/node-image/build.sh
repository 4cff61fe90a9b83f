#!/usr/bin/env bash
# Builds kindest/node from Debian packages alone, for machines that reach no image registry. Needs root, Debian and Docker.
#   build.sh ARCHIVE.tar.zst      the image is loaded into Docker and packed into ARCHIVE
# Kubernetes compiles in a root file system of its own while that of the node is unpacked; about 6 minutes on 2 cores.
set -euo pipefail
parts=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=kind-config/settings.sh
source "$parts/../settings.sh"
# shellcheck source=kind-config/lib/step.sh
source "$parts/../lib/step.sh"
work=${NODE_IMAGE_WORK:-$cache/node-image-work}
debian_state=$work/apt
# shellcheck source=kind-config/lib/debian.sh
source "$parts/../lib/debian.sh"
# shellcheck source=kind-config/node-image/versions.sh
source "$parts/versions.sh"
# shellcheck source=kind-config/node-image/sources.sh
source "$parts/sources.sh"
# shellcheck source=kind-config/node-image/compile.sh
source "$parts/compile.sh"
# shellcheck source=kind-config/node-image/root.sh
source "$parts/root.sh"
# shellcheck source=kind-config/node-image/control-plane.sh
source "$parts/control-plane.sh"
# shellcheck source=kind-config/node-image/assemble.sh
source "$parts/assemble.sh"

archive=${1:?which archive shall be written?}
builder=$work/builder
node=$work/node
bin=$work/bin

main() {
  rm -rf --one-file-system "$work"
  mkdir -p "$work" "$bin" "$(dirname "$archive")"
  step 'fetch sources and packages' quietly node-fetch fetch
  step 'unpack the builder' quietly node-builder unpack_builder
  background node-root unpack_node
  local unpacking=$job
  step "compile Kubernetes $kubernetes_version" quietly node-compile compile
  step "unpack the node's root file system" attend "$unpacking" node-root
  step 'shape the node' quietly node-shape shape_node
  step 'make the control plane images' quietly node-images control_plane_images
  step 'preload them into the node' quietly node-assemble assemble
  step "pack ${archive##*/}" quietly node-pack pack
  step 'clear the work folder' rm -rf --one-file-system "$work"
}

main
