# shellcheck shell=bash
# Everything that the verbs (up.sh, demo.sh, down.sh, e2e.sh) share, in the order in which the parts need each other.

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
for part in settings lib/step lib/trouble lib/debian lib/tools host-quirks sample-images/stand-ins lib/images \
  lib/programs lib/cluster lib/emulator lib/provider lib/evidence lib/steps; do
  # shellcheck source=/dev/null
  source "$folder/$part.sh"
done
