# shellcheck shell=bash
# The images that kubeadm starts, each from nothing but the program and the libraries it links.

control_plane_names=(kube-apiserver kube-controller-manager kube-scheduler)

control_plane_images() {
  local name
  pause_layer
  etcd_layer
  kube_proxy_layer
  for name in "${control_plane_names[@]}"; do server_layer "$name"; done
}

control_plane_tags() {
  local name
  for name in "${control_plane_names[@]}" kube-proxy; do echo "k8s.gcr.io/$name:$kubernetes_version"; done
  echo "$pause_image"
  echo "$etcd_image"
}

# image TAG CHANGE: what lies in $work/layer becomes the image, and the folder is empty again.
image() {
  tar --numeric-owner -C "$work/layer" -c . | docker import --change "$2" - "$1"
  rm -rf "$work/layer"
}

# linked ROOT PROGRAM copies the libraries that PROGRAM of the file system ROOT loads.
linked() {
  local library
  for library in $(chroot "$1" ldd "$2" | grep -o '/[^ ]*' | sort -u); do
    install -D "$1$library" "$work/layer$library"
  done
}

pause_layer() {
  install -D "$bin/pause" "$work/layer/pause"
  image "$pause_image" 'ENTRYPOINT ["/pause"]'
}

server_layer() {
  install -D "$bin/$1" "$work/layer/usr/local/bin/$1"
  mkdir -p "$work"/layer/{tmp,etc}
  echo 'root:x:0:0::/:/' >"$work/layer/etc/passwd"
  image "k8s.gcr.io/$1:$kubernetes_version" 'ENV PATH=/usr/local/bin'
}

etcd_layer() {
  install -D "$work/etcd/usr/bin/etcd" "$work/layer/usr/local/bin/etcd"
  mkdir -p "$work/layer/tmp"
  linked "$node" /bin/true
  image "$etcd_image" 'ENV PATH=/usr/local/bin'
}

# kube-proxy calls iptables and conntrack, which load their extensions by name; kubeadm's pod wants a shell's tools.
kube_proxy_layer() {
  local program libraries
  mkdir -p "$work"/layer/{usr/sbin,bin,etc/alternatives,run,tmp,var/lib}
  install -D "$bin/kube-proxy" "$work/layer/usr/local/bin/kube-proxy"
  cp -a "$node"/usr/sbin/*tables* "$node/usr/sbin/conntrack" "$work/layer/usr/sbin/"
  cp -a "$node"/etc/alternatives/*tables* "$work/layer/etc/alternatives/"
  cp "$node"/etc/{ethertypes,protocols,services} "$work/layer/etc/" 2>/dev/null || true
  install "$work/busybox/bin/busybox" "$work/layer/bin/busybox"
  for program in sh ls cat cp mv; do ln -s busybox "$work/layer/bin/$program"; done
  for program in xtables-nft-multi xtables-legacy-multi conntrack; do linked "$node" "/usr/sbin/$program"; done
  libraries=$(cd "$node" && echo usr/lib/*/xtables)
  mkdir -p "$work/layer/${libraries%/*}"
  cp -a "$node/$libraries" "$work/layer/${libraries%/*}/"
  image "k8s.gcr.io/kube-proxy:$kubernetes_version" 'ENV PATH=/usr/local/bin:/usr/sbin:/bin'
}
