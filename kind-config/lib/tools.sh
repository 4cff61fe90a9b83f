# shellcheck shell=bash
# The programs that the scripts call: found on the PATH, else fetched where that can be done without leaving a trace.
# kind and kubectl come as Debian packages unpacked into the cache; the machine's apt sources stay as they are.

tools=$cache/tools
PATH=$PATH:$tools/usr/bin

docker_answers() {
  command -v docker >/dev/null && timeout 20 docker version --format '{{.Server.Version}}' >/dev/null 2>&1
}

# The socket on this machine through which Docker answers; the emulator's container gets it mounted.
docker_socket() {
  local address=${DOCKER_HOST:-$(docker context inspect --format '{{.Endpoints.docker.Host}}' 2>/dev/null || true)}
  address=${address:-unix:///var/run/docker.sock}
  [[ $address == unix://* ]] || trouble remote-docker
  echo "${address#unix://}"
}

# need PROGRAM PACKAGE: on the PATH afterwards, from Debian's package where it was missing.
need() {
  command -v "$1" >/dev/null && return
  on_debian_as_root || stop "$1 is missing" "install it with your package manager (on Debian as root it is installed for you)"
  note "install $2"
  quietly "install-$1" debian_install "$2"
}

# need_cluster_tools: kind and kubectl, from Debian 13 where the PATH lacks them.
need_cluster_tools() {
  local program package
  for program in kind kubectl; do
    command -v $program >/dev/null && continue
    package=$program
    [[ $program == kubectl ]] && package=kubernetes-client
    if ! on_debian_as_root; then
      [[ $program == kind ]] && trouble no-kind
      stop "$program is missing" 'install it from https://kubernetes.io/docs/tasks/tools/ and put it on the PATH'
    fi
    note "fetch $program from Debian 13 into ${tools/#"$HOME"/\~}"
    quietly "fetch-$program" fetch_tool "$package"
  done
}

fetch_tool() {
  debian_update
  debian_unpack "$1" trixie "$tools"
}

# enough_disk FOLDER: cluster, images and containers take 2 to 3 GB, building the node image 3. A folder that cannot be
# seen from here (Docker in a virtual machine) is not judged.
enough_disk() {
  local free
  free=$(df -Pk "$1" 2>/dev/null | awk 'NR == 2 {print $4}') || return 0
  ((${free:-0} > 6 * 1024 * 1024)) || trouble disk-full
}

# What must hold before anything is made. Needs nothing but bash and df.
preflight() {
  docker_answers || trouble no-docker
  docker_socket >/dev/null
  enough_disk "$(docker info --format '{{.DockerRootDir}}')"
  need curl curl
  need jq jq
  need_cluster_tools
}
