//! Tokens of service accounts, used from inside a container against the API server.

use aci_e2e::cluster::with_namespace;
use aci_e2e::manifest::{script, virtual_pod};
use anyhow::ensure;
use serde_json::{Value, json};

#[tokio::test]
async fn a_projected_token_opens_the_api_server_from_inside_the_container_and_only_what_its_account_may() {
    with_namespace("token", async |cluster| {
        let namespace = &cluster.namespace;
        let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "reader"}});
        let role = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "Role",
            "metadata": {"name": "reader"},
            "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
        });
        let binding = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": "reader"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
            "subjects": [{"kind": "ServiceAccount", "name": "reader", "namespace": namespace}],
        });
        cluster.apply(&[account, role, binding]).await?;
        let server = cluster.ordinary_node_address().await?;
        let ask = format!(
            "cd /var/run/api; ask() {{ curl -sS --cacert ca.crt -H \"Authorization: Bearer $(cat token)\" \
             -o /tmp/answer -w '%{{http_code}}\\n' https://{server}:6443/api/v1/namespaces/{namespace}/$1; }}; \
             ask pods/asker; grep -o '\"uid\": *\"[^\"]*\"' /tmp/answer | head -1; ask secrets; cat /tmp/answer"
        );
        let mut container = script("main", &ask);
        container["volumeMounts"] = json!([{"name": "api", "mountPath": "/var/run/api", "readOnly": true}]);
        let mut pod = virtual_pod("asker", "Never", json!([container]));
        pod["spec"]["serviceAccountName"] = json!("reader");
        pod["spec"]["automountServiceAccountToken"] = json!(false);
        let sources = json!([
            {"serviceAccountToken": {"path": "token", "expirationSeconds": 3600}},
            {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        ]);
        pod["spec"]["volumes"] = json!([{"name": "api", "projected": {"sources": sources}}]);
        let uid = cluster.create_pod(pod).await?;
        cluster.await_phase("asker", "Succeeded").await?;
        let said = cluster.logs("asker", "main").await?;
        let lines: Vec<&str> = said.lines().collect();
        ensure!(lines.first() == Some(&"200") && said.contains(&uid), "{said}");
        ensure!(lines.contains(&"403"), "secrets were shown: {said}");
        let user = format!("system:serviceaccount:{namespace}:reader");
        ensure!(said.contains(&user), "another user than {user}: {said}");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_token_that_every_pod_gets_is_where_clients_look_for_it() {
    with_namespace("token", async |cluster| {
        let look = "cd /var/run/secrets/kubernetes.io/serviceaccount && cat namespace && grep -c BEGIN ca.crt && \
                    cut -d. -f1 token | base64 -d 2>/dev/null | grep -o '\"alg\":\"RS256\"'";
        cluster.create_pod(virtual_pod("looker", "Never", json!([script("main", look)]))).await?;
        let pod: Value = cluster.await_phase("looker", "Succeeded").await?;
        ensure!(pod["spec"]["automountServiceAccountToken"].is_null(), "{}", pod["spec"]);
        let said = cluster.logs("looker", "main").await?;
        ensure!(said.starts_with(&format!("{}1\n", cluster.namespace)) && said.contains("RS256"), "{said}");
        Ok(())
    })
    .await;
}

/// The address of the service `kubernetes` leads nowhere from a container; `MASTER_URI` says which one does.
#[tokio::test]
async fn the_api_server_is_where_the_environment_says() {
    with_namespace("master", async |cluster| {
        let ask = "curl -sS --cacert /var/run/secrets/kubernetes.io/serviceaccount/ca.crt \
                   https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT/version";
        cluster.create_pod(virtual_pod("asker", "Never", json!([script("main", ask)]))).await?;
        cluster.await_phase("asker", "Succeeded").await?;
        let said = cluster.logs("asker", "main").await?;
        ensure!(said.contains("gitVersion"), "{said}");
        Ok(())
    })
    .await;
}
