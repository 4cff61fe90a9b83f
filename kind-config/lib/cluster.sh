# shellcheck shell=bash
# The kind cluster: made when absent, woken when stopped, left alone when it answers.

cluster_up() {
  case $(docker inspect --format '{{.State.Running}}' "$cluster_node" 2>/dev/null) in
    true) note "cluster $cluster is running" ;;
    false)
      note "cluster $cluster is stopped: start its node"
      docker start "$cluster_node" >/dev/null
      ;;
    *)
      host_quirks
      node_image
      network_up
      note "kind create cluster --name $cluster${node_image:+ --image $node_image}"
      quietly kind-create kind create cluster --name "$cluster" --config "$here/cluster.yaml" ${node_image:+--image "$node_image"}
      ;;
  esac
  api_answers || (umask 077 && mkdir -p "$state" && kind export kubeconfig -q --name "$cluster" --kubeconfig "$KUBECONFIG")
  wait_until 120 "the API server of cluster $cluster answers (if it never does: make down, then once more)" api_answers
  keep_off_virtual_node
  rest_coredns
  wait_until 120 "node $cluster_node is Ready" node_ready "$cluster_node"
  wait_until 60 'the default service account exists, without which no pod starts' kubectl get serviceaccount default
}

api_answers() { kubectl --request-timeout=2s get --raw /readyz >/dev/null 2>&1; }

node_ready() {
  [[ $(kubectl get node "$1" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}') == True ]]
}

# kind would make the same network; ours carries a label by which down.sh knows that it may go again.
network_up() {
  docker network inspect "$network" >/dev/null 2>&1 && return
  local mtu
  mtu=$(docker network inspect bridge --format '{{index .Options "com.docker.network.driver.mtu"}}')
  docker network create --driver bridge --label "$demo_label" \
    --opt com.docker.network.bridge.enable_ip_masquerade=true ${mtu:+--opt com.docker.network.driver.mtu="$mtu"} \
    "$network" >/dev/null
}

# The cluster's own DaemonSets tolerate every taint; AKS keeps them off virtual nodes by affinity, and so do we.
keep_off_virtual_node() {
  local set affinity
  affinity='{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"type","operator":"NotIn","values":["virtual-kubelet"]}]}]}}}'
  for set in $(kubectl -n kube-system get daemonsets -o name); do
    kubectl -n kube-system patch "$set" --patch "{\"spec\":{\"template\":{\"spec\":{\"affinity\":$affinity}}}}" >/dev/null
  done
}

# A node image built here has no CoreDNS, which Debian does not package: better no pod than one that never starts.
rest_coredns() {
  docker exec "$cluster_node" ctr --namespace k8s.io images list --quiet | grep -q coredns && return
  [[ $(kubectl -n kube-system get deployment coredns -o 'jsonpath={.spec.replicas}') != 0 ]] || return 0
  note 'no CoreDNS image without a registry: cluster DNS rests (pods reach each other by address)'
  kubectl -n kube-system scale deployment coredns --replicas=0 >/dev/null
}

# into_cluster IMAGE loads it into the node unless the node has this very image; the node itself keeps the record.
into_cluster() {
  local image=$1 id record
  id=$(docker image inspect --format '{{.Id}}' "$image")
  record=/kind/loaded/$(tr -c '[:alnum:]\n' - <<<"$image")
  [[ $(docker exec "$cluster_node" cat "$record" 2>/dev/null) != "$id" ]] || return 0
  note "load $image into the cluster"
  quietly kind-load kind load docker-image --name "$cluster" "$image"
  docker exec "$cluster_node" sh -c "mkdir -p /kind/loaded && echo $id >$record"
}
