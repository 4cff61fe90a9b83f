# shellcheck shell=bash
# The troubles that a machine can have, each as one line: what is the matter, then what to do.
# README.md shows the same lines; `make lint` compares them. Needs settings.sh and step.sh.

trouble_text() {
  case $1 in
    no-docker) echo 'no Docker engine answers|start it, or point DOCKER_HOST at one (a Unix socket of this machine)' ;;
    remote-docker) echo 'the Docker engine is not on this machine|unset DOCKER_HOST or choose a local context: pods and groups share one local network' ;;
    no-kind) echo 'kind is missing|on Debian run as root and it is fetched; elsewhere install it from https://kind.sigs.k8s.io and put it on the PATH' ;;
    no-privileges) echo 'this needs root|run it as root once; it changes what the line above names and nothing else' ;;
    port-taken) echo "port $emulator_port on 127.0.0.1 is taken|stop what listens there (ss -ltnp shows it) and run it again" ;;
    disk-full) echo 'less than 6 GB are free|free some space, for example with: docker system prune' ;;
    no-registry) echo 'no image registry answers|run with OFFLINE=1 to build the images from Debian packages, on Debian as root' ;;
    no-mirror) echo 'apt names no Debian mirror|add one to /etc/apt/sources.list, a URL that ends in /debian' ;;
    not-debian) echo 'images can be built offline only on Debian, as root|go online, or name a node image archive with KIND_NODE_ARCHIVE' ;;
    *) echo "$1|this is a defect of aci-local, please report it" ;;
  esac
}

trouble() {
  local text
  text=$(trouble_text "$1")
  stop "${text%%|*}" "${text#*|}"
}
