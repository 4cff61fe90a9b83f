# shellcheck shell=bash
# The node image: its root file system with the control plane's images already in containerd's store.

assemble() {
  local raw=aci-local/node-raw:build holder=aci-local-node-build-$$ tags
  mapfile -t tags < <(control_plane_tags)
  tar -C "$node" --numeric-owner --exclude='./proc/*' --exclude='./sys/*' --exclude='./dev/*' -c . |
    docker import - "$raw"
  # `docker import` and `docker commit` cannot set a stop signal, and the classic builder is in every engine.
  printf 'FROM %s\nENV container=docker\nSTOPSIGNAL SIGRTMIN+3\n' "$raw" | DOCKER_BUILDKIT=0 docker build -t "$raw" -
  # shellcheck disable=SC2064
  trap "docker rm -f $holder >/dev/null; docker rmi $raw ${tags[*]} >/dev/null" EXIT
  docker run -d --label "$demo_label" --name "$holder" --entrypoint sleep --privileged "$raw" infinity
  docker exec -d "$holder" containerd
  wait_until 20 'containerd answers inside the node' docker exec "$holder" ctr version
  docker save "${tags[@]}" |
    docker exec -i "$holder" ctr -n k8s.io images import --all-platforms --no-unpack --digests -
  docker exec "$holder" pkill containerd
  docker commit --change 'ENTRYPOINT ["/usr/local/bin/entrypoint", "/sbin/init"]' \
    --change "LABEL aci-local.node-image=$(basename "$archive" .tar.zst)" "$holder" "$offline_node_image"
}

pack() {
  docker save "$offline_node_image" | zstd -q -T0 -6 --long=27 -f -o "$archive.part"
  mv "$archive.part" "$archive"
}
