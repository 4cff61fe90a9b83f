# shellcheck shell=bash
# The provider as a Deployment of the cluster.

provider_up() {
  program_image "$provider_image" aci-provider
  into_cluster "$provider_image"
  local ca image available
  ca=$(curl -fsS "$emulator_url/_emulator/ca.pem")
  image=$(docker image inspect --format '{{.Id}}' "$provider_image")
  kubectl -n kube-system create configmap "$provider-ca" --from-literal=ca.pem="$ca" --dry-run=client -o yaml |
    kubectl apply -f - >/dev/null
  available=$(kubectl -n kube-system get deployment "$provider" --ignore-not-found -o 'jsonpath={.metadata.name}={.status.availableReplicas}')
  sed -e "s#aci-local/image: unset#aci-local/image: $image#" \
    -e "s#aci-local/ca: unset#aci-local/ca: $(sha256sum <<<"$ca" | cut -c1-16)#" "$here/provider.yaml" |
    kubectl apply -f - >/dev/null
  # One that was there and failed may sit in a back-off of minutes; what was in its way may be gone by now.
  if [[ $available == "$provider=" ]]; then kubectl -n kube-system rollout restart deployment "$provider" >/dev/null; fi
  note "wait for Deployment $provider and node $virtual_node"
  kubectl -n kube-system rollout status deployment "$provider" --timeout=120s >/dev/null
  wait_until 60 "node $virtual_node is Ready" node_ready "$virtual_node"
}
