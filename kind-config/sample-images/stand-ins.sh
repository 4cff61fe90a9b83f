# shellcheck shell=bash
# The two images of the AKS walk-through, made from Debian packages under their real names.
# Their label aci-local.stand-in tells them from the real ones. Needs settings.sh and debian.sh.

stand_in_key() { cat "$here"/sample-images/* | sha256sum | cut -c1-16; }

# A web server of a few hundred kilobytes that serves our page and logs each request.
hello_stand_in() {
  local root
  root=$(mktemp -d)
  debian_update
  debian_unpack busybox-static bookworm "$root/package"
  mkdir -p "$root"/image/{bin,tmp,etc,www}
  cp "$root/package/bin/busybox" "$root/image/bin/"
  local applet
  for applet in $("$root/package/bin/busybox" --list); do [[ $applet == busybox ]] || ln -s busybox "$root/image/bin/$applet"; done
  cp "$here/sample-images/index.html" "$root/image/www/"
  install "$here/sample-images/serve" "$root/image/bin/serve"
  echo 'root:x:0:0:root:/:/bin/sh' >"$root/image/etc/passwd"
  tar --numeric-owner --owner 0 --group 0 -C "$root/image" -c . | docker import \
    --change 'CMD ["/bin/serve"]' --change 'EXPOSE 80' --change 'ENV PATH=/bin' \
    --change "LABEL aci-local.stand-in=$(stand_in_key)" - "$1"
  rm -rf "$root"
}

# A Debian root file system with curl. Making it takes a minute, so the result stays in the cache.
ubuntu_stand_in() {
  local archive root
  archive=$cache/base-ubuntu-$(uname -m)-$(stand_in_key).tar.gz
  if [[ ! -r $archive ]]; then
    need debootstrap debootstrap
    # A fixed name: what an interrupted run left goes first.
    root=$cache/base-ubuntu-work
    rm -rf --one-file-system "$root"
    mkdir -p "$root"
    debian_root bookworm curl,ca-certificates "$root"
    rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,locale,info}/*
    tar --numeric-owner -C "$root" -cz --exclude='./proc/*' --exclude='./sys/*' --exclude='./dev/*' -f "$archive.part" .
    mv "$archive.part" "$archive"
    rm -rf "$root"
  fi
  docker import --change 'CMD ["/bin/bash"]' --change 'ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin' \
    --change "LABEL aci-local.stand-in=$(stand_in_key)" "$archive" "$1"
}
