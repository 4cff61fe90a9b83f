#!/usr/bin/env bash
# The whole road, from `kubectl apply` to the page that a container serves. `make demo`.
set -euo pipefail
# shellcheck source=kind-config/lib/all.sh
source "$(dirname "$0")/lib/all.sh"

title='Welcome to Azure Container Instances!'

apply_sample() {
  samples_ready
  kubectl apply -f "$here/samples/ubuntu.yaml" -f "$here/samples/aci-helloworld.yaml"
  kubectl rollout status deployment aci-helloworld --timeout=180s
  kubectl wait pod ubuntu --for=condition=Ready --timeout=60s
}

curl_sample() {
  local address html
  kubectl get pods -o wide
  address=$(kubectl get pods -l app=aci-helloworld --field-selector=status.phase=Running -o 'jsonpath={.items[0].status.podIP}')
  note "kubectl exec ubuntu -- curl -L http://$address"
  html=$(kubectl exec ubuntu -- curl -sSL --max-time 10 "http://$address")
  printf '%s\n' "$html"
  grep -q "<title>$title</title>" <<<"$html" || { echo "the page's title is not '$title'" >&2; return 1; }
}

farewell() {
  echo "   kubectl:   export KUBECONFIG=$KUBECONFIG"
  echo "   emulator:  $emulator_url (also https, CA at $emulator_url/_emulator/ca.pem)"
  echo '   the end:   make down'
}

steps_up
step 'the AKS sample aci-helloworld' apply_sample
step 'curl from an ordinary pod to the pod on the virtual node' curl_sample
step 'it runs; this is how to reach it' farewell
