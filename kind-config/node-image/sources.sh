# shellcheck shell=bash
# Fetching: the sources to compile, the packages to take files from, and two root file systems.

kind_files=$work/kind/images/base/files
reflect2=$work/reflect2/usr/share/gocode/src/github.com/modern-go/reflect2

fetch() {
  debian_update
  debian_unpack etcd-server "$suite" "$work/etcd"
  debian_unpack kubernetes-client "$suite" "$work/client"
  debian_unpack busybox-static "$suite" "$work/busybox"
  debian_unpack golang-github-modern-go-reflect2-dev "$suite" "$work/reflect2"
  mkdir -p "$work/sources" "$work/kind" "$work/kubernetes"
  cd "$work/sources" || return
  debian_source kind "$kind_suite" 'kind_*.orig.tar.*'
  debian_source kubernetes "$suite" 'kubernetes_*.debian.tar.*'
  tar -xf kind_*.orig.tar.* --strip-components=1 -C "$work/kind"
  ls
}

unpack_builder() {
  debian_root "$suite" "$builder_packages" "$builder"
  cp -r "$work/sources" "$builder/sources"
}

unpack_node() {
  debian_root "$suite" "$node_packages" "$node"
}
