# shellcheck shell=bash
# Compiling Kubernetes and pause, inside the builder's root file system.

compile() {
  # reflect2 1.0.1, as vendored, crashes in programs built with Go 1.18 or later; Debian packages 1.0.2.
  cp -r "$reflect2" "$builder/sources/reflect2"
  cp "$parts/compile-inside.sh" "$builder/"
  # Namespaces of its own: what is mounted or left running inside is gone when it ends.
  unshare --mount --pid --fork --mount-proc="$builder/proc" \
    chroot "$builder" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
    bash /compile-inside.sh "$kubernetes_version"
  mv "$builder"/out/* "$bin/"
}
