# shellcheck shell=bash
# The steps that make the whole road stand, shared by up.sh and demo.sh.

steps_up() {
  preflight
  start_compiling
  step "cluster $cluster (kind, kubeconfig in ${KUBECONFIG#"$checkout"/})" cluster_up
  step "emulator on $emulator_url, backed by Docker" emulator_step
  step "provider: Deployment $provider, node $virtual_node" provider_up
}

emulator_step() {
  compiled
  emulator_up
}

samples_ready() {
  sample_images
  into_cluster "$ubuntu_image"
}
