# shellcheck shell=bash
# Everything that up.sh, demo.sh and down.sh share, in the order in which the parts need each other.

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
for part in settings lib/step lib/trouble lib/debian tools host-quirks sample-images/stand-ins images \
  programs cluster emulator provider lib/evidence; do
  # shellcheck source=/dev/null
  source "$folder/$part.sh"
done
