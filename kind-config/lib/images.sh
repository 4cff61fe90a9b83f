# shellcheck shell=bash
# Where images come from: the registry where one answers, else an archive, else built here from Debian packages.

# An image small enough to tell within seconds whether the registry answers.
probe_image=mcr.microsoft.com/oss/kubernetes/pause:3.6
images_from=''

has_image() { docker image inspect "$1" >/dev/null 2>&1; }
image_label() { docker image inspect --format "{{index .Config.Labels \"$2\"}}" "$1" 2>/dev/null || true; }

# Decided only when an image is missing, once, and said in one line.
choose_source() {
  [[ -z $images_from ]] || return 0
  case $OFFLINE in
    0) images_from=registry && note 'images come from the registry (OFFLINE=0)' ;;
    1) images_from=here && note 'images are built here (OFFLINE=1)' ;;
    auto)
      if registry_answers; then
        images_from=registry && note 'images come from the registry (OFFLINE=auto: it answers)'
      else
        images_from=here && note 'images are built here (OFFLINE=auto: no registry answers)'
      fi
      ;;
    *) stop "OFFLINE=$OFFLINE is not a choice" 'use auto, 0 or 1' ;;
  esac
}

# A registry that does not know the tag answers too.
registry_answers() {
  local said
  said=$(timeout 15 docker pull -q "$probe_image" 2>&1) || [[ $said == *'manifest unknown'* ]]
}

# pull IMAGE: false, with a note, when OFFLINE=auto may go on without the registry.
pull() {
  note "pull $1"
  quietly pull docker pull "$1" && return
  [[ $OFFLINE == auto ]] || trouble no-registry
  note "$1 cannot be pulled: it is built here instead"
  return 1
}

# node_image: sets $node_image to what `kind create cluster` shall use; empty is kind's own choice, which kind pulls.
node_image() {
  node_image=$offline_node_image
  if [[ $OFFLINE != 0 ]]; then
    has_image "$node_image" && return
    if [[ -n ${KIND_NODE_ARCHIVE:-} ]]; then
      load_node_archive "$KIND_NODE_ARCHIVE"
      return
    fi
  fi
  choose_source
  if [[ $images_from == registry ]]; then
    node_image=''
  else
    build_node_image
  fi
}

load_node_archive() {
  [[ -r $1 ]] || stop "the node image archive $1 cannot be read" 'set KIND_NODE_ARCHIVE to an archive made by node-image/build.sh or by docker save'
  need zstd zstd
  note "load the node image from $1"
  quietly load-node-image unpack_into_docker "$1"
  has_image "$offline_node_image" || stop "$1 does not hold $offline_node_image" 'name another archive, or unset KIND_NODE_ARCHIVE'
}

unpack_into_docker() { zstd -dcf --long=30 "$1" | docker load; }

# The archive's name says what it was made from, so that another clone finds it and another recipe does not.
build_node_image() {
  on_debian_as_root || trouble not-debian
  local key archive
  key=$(cat "$here"/node-image/*.sh | sha256sum | cut -c1-16)
  archive=$cache/node-image-$(uname -m)-$key.tar.zst
  need zstd zstd
  if [[ -r $archive ]]; then
    load_node_archive "$archive"
    return
  fi
  need debootstrap debootstrap
  mkdir -p "$cache"
  enough_disk "$cache"
  note 'build the node image from Debian packages: some 6 minutes on two cores, once'
  "$here/node-image/build.sh" "$archive" | sed -u 's/^/     /'
}

# sample_image IMAGE BUILDER: the real image where the registry gives it, else our stand-in under the same name.
sample_image() {
  local image=$1 builder=$2 made_from
  made_from=$(image_label "$image" aci-local.stand-in)
  if has_image "$image"; then
    [[ -z $made_from ]] && return
    [[ $OFFLINE != 0 && $made_from == "$(stand_in_key)" ]] && return
  fi
  choose_source
  if [[ $images_from == registry ]] && pull "$image"; then return; fi
  on_debian_as_root || trouble not-debian
  note "build $image here"
  quietly "${builder//_/-}" "$builder" "$image"
}

sample_images() {
  sample_image "$hello_image" hello_stand_in
  sample_image "$ubuntu_image" ubuntu_stand_in
}
