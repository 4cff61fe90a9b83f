# shellcheck shell=bash
# Our two programs: compiled, and packed into images that hold the program and the libraries it links, nothing else.

compiling=''

target_dir() { (cd "$checkout" && cargo metadata --no-deps --format-version 1) | jq -r .target_directory; }

compile() { cd "$checkout" && cargo build --release --locked -p aci-emulator -p aci-provider; }

# Compiling starts as early as possible, beside what waits for Docker; compiled() waits for it.
start_compiling() {
  background compile compile
  compiling=$job
}

compiled() {
  [[ -n $compiling ]] || return 0
  note 'compile aci-emulator and aci-provider'
  attend "$compiling" compile
  compiling=''
}

# program_image TAG PROGRAM: made anew only when the program changed.
program_image() {
  local tag=$1 program sum
  program=$(target_dir)/release/$2
  sum=$(sha256sum "$program" | cut -d' ' -f1)
  [[ $(image_label "$tag" aci-local.program) != "$sum" ]] || return 0
  note "make the image $tag"
  quietly "image-$2" pack_program "$tag" "$program" "$sum"
}

pack_program() {
  local tag=$1 program=$2 sum=$3 root library
  root=$(mktemp -d)
  mkdir -p "$root"/{tmp,etc}
  chmod 1777 "$root/tmp"
  install -D "$program" "$root/usr/local/bin/${program##*/}"
  for library in $(ldd "$program" | grep -o '/[^ )]*' | sort -u); do
    install -D "$library" "$root$library"
  done
  # What this machine trusts (a company's proxy, say), where it keeps that as Debian does; programs without it help
  # themselves.
  if [[ -r /etc/ssl/certs/ca-certificates.crt ]]; then
    install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
  fi
  printf 'root:x:0:0::/:/\nnonroot:x:65532:65532::/:/\n' >"$root/etc/passwd"
  printf 'root:x:0:\nnonroot:x:65532:\n' >"$root/etc/group"
  echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
  tar --numeric-owner --owner 0 --group 0 -C "$root" -c . | docker import \
    --change "ENTRYPOINT [\"/usr/local/bin/${program##*/}\"]" --change 'ENV PATH=/usr/local/bin' \
    --change "LABEL aci-local.program=$sum" - "$tag"
  rm -rf "$root"
}
