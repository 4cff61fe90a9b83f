# shellcheck shell=bash
# What a failing step shows: states, events and last log lines of everything that took part.

evidence() {
  heading 'Docker' && docker ps -a --format 'table {{.Names}}\t{{.Status}}\t{{.Image}}'
  if [[ -r $KUBECONFIG ]] && api_answers >/dev/null 2>&1; then
    heading 'nodes and pods' && kubectl get nodes,pods -A -o wide
    heading 'last events' && kubectl get events -A --sort-by=.lastTimestamp | tail -20
    heading "log of $provider" && kubectl -n kube-system logs "deployment/$provider" --tail=30
  fi
  heading "log of $emulator_container" && docker logs --tail 30 "$emulator_container"
  local container
  for container in $(docker ps -aq --filter "label=$emulator_label" | head -6); do
    heading "log of $(docker inspect --format '{{.Name}} ({{.Config.Image}})' "$container")"
    docker logs --tail 10 "$container"
  done
} 2>&1

heading() { printf '\n   --- %s\n' "$1"; }
