# shellcheck shell=bash
# Debian packages without touching the machine's apt sources: an apt state of our own, in the folder $debian_state.
# Needs settings.sh, step.sh and trouble.sh.

debian_state=${debian_state:-$cache/apt}
debian_keyring=/usr/share/keyrings/debian-archive-keyring.gpg

on_debian_as_root() { ((EUID == 0)) && [[ -e $debian_keyring ]] && command -v apt-get >/dev/null; }

# The mirror that the machine itself uses, so that a proxy or a company's own mirror serves us too.
debian_mirror() {
  local found
  found=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} 2>/dev/null |
    grep -v '^ *#' | grep -oE 'https?://[^] ]+' | grep -E '/debian/?$' | head -1) || true
  [[ -n $found ]] || trouble no-mirror
  echo "$found"
}

# apt_get ARGUMENTS... is apt-get on our own state, which knows bookworm and trixie, binaries and sources.
apt_get() {
  apt-get -qq \
    -o Dir::Etc::sourcelist="$debian_state/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::lists="$debian_state/lists" -o Dir::Cache="$debian_state/cache" \
    -o APT::Sandbox::User=root -o APT::Default-Release=bookworm "$@"
}

debian_update() {
  local suite mirror
  mirror=$(debian_mirror)
  mkdir -p "$debian_state"/lists/partial "$debian_state"/cache/archives/partial
  for suite in bookworm trixie; do
    printf '%s [signed-by=%s] %s %s main\n' \
      deb "$debian_keyring" "$mirror" $suite deb-src "$debian_keyring" "$mirror" $suite
  done >"$debian_state/sources.list"
  apt_get update
}

# debian_unpack PACKAGE SUITE FOLDER unpacks one package, without what it depends on, into FOLDER.
debian_unpack() {
  local package=$1 suite=$2 folder=$3 download
  download=$(mktemp -d)
  (cd "$download" && apt_get download "$package/$suite")
  mkdir -p "$folder"
  dpkg -x "$download"/*.deb "$folder"
  rm -rf "$download"
}

# debian_source PACKAGE SUITE GLOB downloads a source package into the current folder. Mirrors drop the packaging
# part of old revisions now and then; the file that matches GLOB is all we need.
debian_source() {
  apt_get source --download-only "$1/$2" || true
  compgen -G "$3" >/dev/null || { echo "the source of $1 could not be fetched" >&2; return 1; }
}

# debian_root SUITE PACKAGES FOLDER unpacks a minimal Debian with some packages, comma separated. debootstrap mounts
# inside FOLDER; in a mount namespace of its own nothing of that outlives it, however it ends.
debian_root() {
  local mirror
  mirror=$(debian_mirror)
  unshare --mount debootstrap --variant=minbase --include="$2" "$1" "$3" "$mirror"
}

# debian_install PACKAGE... installs on the machine itself what the PATH lacks.
debian_install() {
  [[ -n $(find /var/lib/apt/lists -maxdepth 1 -name '*Packages*' -mmin -1440 2>/dev/null | head -1) ]] || apt-get -qq update
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@"
}
