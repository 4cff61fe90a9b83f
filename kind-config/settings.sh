# shellcheck shell=bash
# Every name, address and default of the local cluster, once. Sourced by all scripts of this folder.

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
here=$checkout/kind-config
state=$checkout/.state
logs=$state/log
cache=${XDG_CACHE_HOME:-$HOME/.cache}/aci-local

# ~/.kube is never read nor written: kind and kubectl both obey KUBECONFIG, and kubectl caches beside it.
export KUBECONFIG=$state/kubeconfig
export KUBECACHEDIR=$state/kube-cache

cluster=aci-local
cluster_node=$cluster-control-plane
# kind attaches every cluster to the Docker network of this name and knows no other.
network=kind
demo_label=aci-local=demo

emulator_container=aci-local-emulator
emulator_alias=aci-emulator
emulator_image=aci-local/emulator:dev
emulator_volume=aci-local-data
emulator_port=4580
emulator_url=http://127.0.0.1:$emulator_port
# The emulator puts this label on every container, network and volume that it makes.
emulator_label=aci-local.emulator

provider_image=aci-local/provider:dev
provider=aci-connector-linux
virtual_node=virtual-node-aci-linux

# These equal the values in provider.yaml.
subscription=00000000-0000-0000-0000-000000000001
tenant=00000000-0000-0000-0000-000000000002
resource_group=aci-local
region=westus2
subnet=virtual-node-aci

# What kind 0.27 from Debian needs to be told where no registry is reached; see node-image/.
offline_node_image=kindest/node:v1.20.2
hello_image=mcr.microsoft.com/azuredocs/aci-helloworld:latest
ubuntu_image=mcr.microsoft.com/aks/fundamental/base-ubuntu:v0.0.11

# auto: the registry where it answers, else local builds. 0: always the registry. 1: never.
OFFLINE=${OFFLINE:-auto}
