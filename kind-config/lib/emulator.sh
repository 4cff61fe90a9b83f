# shellcheck shell=bash
# The emulator as a container of the local Docker engine, on the cluster's network.

emulator_up() {
  program_image "$emulator_image" aci-emulator
  if [[ $(docker inspect --format '{{.State.Running}} {{.Image}}' "$emulator_container" 2>/dev/null) \
    == "true $(docker image inspect --format '{{.Id}}' "$emulator_image")" ]]; then
    note "container $emulator_container is running"
  else
    emulator_start
  fi
  wait_until 30 "the emulator answers on $emulator_url" emulator_answers
  resource_group
}

emulator_answers() { curl -fsS --max-time 2 "$emulator_url/_emulator/health"; }

# Its data lives in a volume: what another image left is adopted by this one.
emulator_start() {
  local data
  docker rm -f "$emulator_container" >/dev/null 2>&1 || true
  ! (: <"/dev/tcp/127.0.0.1/$emulator_port") 2>/dev/null || trouble port-taken
  note "start container $emulator_container on network $network"
  docker volume create --label "$demo_label" "$emulator_volume" >/dev/null
  # The engine mounts file shares out of the data folder, so its path is the engine's in the container, too.
  data=$(docker volume inspect --format '{{.Mountpoint}}' "$emulator_volume")
  docker run --detach --name "$emulator_container" --label "$demo_label" --restart unless-stopped \
    --network "$network" --network-alias "$emulator_alias" --publish "127.0.0.1:$emulator_port:$emulator_port" \
    --volume "$(docker_socket):/var/run/docker.sock" --volume "$emulator_volume:$data" \
    --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
    --env ACI_EMULATOR_LISTEN="0.0.0.0:$emulator_port" \
    --env ACI_EMULATOR_RUNTIME=docker \
    --env ACI_EMULATOR_DATA_DIR="$data" \
    --env ACI_EMULATOR_LOG_FORMAT=plain \
    --env ACI_EMULATOR_TLS_SAN="$emulator_alias,$emulator_container" \
    --env ACI_EMULATOR_SUBNET_NETWORKS="$subnet=$network" \
    "$emulator_image" serve >/dev/null
  # What an older build left behind once its container is gone.
  docker image prune --force --filter label=aci-local.program >/dev/null
}

# arm METHOD PATH [BODY]: one ARM request, as the service principal that the provider is.
arm() {
  local token
  token=$(curl -fsS --data 'grant_type=client_credentials&client_id=aci-local&client_secret=aci-local&scope=https://management.azure.com/.default' \
    "$emulator_url/$tenant/oauth2/v2.0/token" | jq -r .access_token)
  curl -fsS --request "$1" --header "Authorization: Bearer $token" --header 'Content-Type: application/json' \
    ${3:+--data "$3"} "$emulator_url$2"
}

resource_group() {
  arm PUT "/subscriptions/$subscription/resourcegroups/$resource_group?api-version=2021-04-01" "{\"location\":\"$region\"}" >/dev/null
  note "resource group $resource_group in $region"
}
