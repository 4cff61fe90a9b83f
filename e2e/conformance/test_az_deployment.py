"""`az deployment group` and `az deployment sub` against the emulator: templates as people keep them in files."""

import json

import pytest
from az_command import AzFailed, az
from conftest import IMAGE, LOCATION

SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"

# After the quickstart "aci-linuxcontainer-public-ip"; the comments and the text over two lines are allowed in files.
TEMPLATE = """{
  // A container group that the world can reach.
  "$schema": "%s",
  "contentVersion": "1.0.0.0",
  "parameters": {
    "name": { "type": "string" },
    "location": { "type": "string", "defaultValue": "[resourceGroup().location]" },
    "image": { "type": "string" },
    "port": { "type": "int", "defaultValue": 80 },
    "restartPolicy": { "type": "string", "defaultValue": "Always", "allowedValues": ["Always", "Never", "OnFailure"] },
    "password": { "type": "securestring", "defaultValue": "s3cret-default" } /* told to nobody */
  },
  "variables": { "ports": [{ "port": "[parameters('port')]", "protocol": "TCP" }] },
  "resources": [
    {
      "type": "Microsoft.ContainerInstance/containerGroups",
      "apiVersion": "2023-05-01",
      "name": "[parameters('name')]",
      "location": "[parameters('location')]",
      "tags": { "unique": "[uniqueString(resourceGroup().id, 
          parameters('name'))]" },
      "properties": {
        "containers": [{
          "name": "web",
          "properties": {
            "image": "[parameters('image')]",
            "ports": "[variables('ports')]",
            "environmentVariables": [{ "name": "PASSWORD", "secureValue": "[parameters('password')]" }],
            "resources": { "requests": { "cpu": 1, "memoryInGB": "[json('0.5')]" } }
          }
        }],
        "osType": "Linux",
        "restartPolicy": "[parameters('restartPolicy')]",
        "ipAddress": { "type": "Public", "ports": "[variables('ports')]" }
      }
    }
  ],
  "outputs": {
    "ip": { "type": "string", "value": "[reference(parameters('name')).ipAddress.ip]" },
    "id": { "type": "string", "value": "[resourceId('Microsoft.ContainerInstance/containerGroups', parameters('name'))]" }
  }
}
""" % SCHEMA


@pytest.fixture
def template(tmp_path):
    path = tmp_path / "template.json"
    path.write_text(TEMPLATE)
    return str(path)


def deploy(verb, group, template, name, *words):
    parameters = ["-p", f"name={name}", f"image={IMAGE}"]
    return az("deployment", "group", verb, "-g", group, "-n", f"d-{name}", "-f", template, *parameters, *words)


def test_a_template_is_validated_deployed_shown_listed_exported_and_deleted(resource_group, name, template):
    validated = deploy("validate", resource_group, template, name)
    assert validated["properties"]["validatedResources"][0]["id"].endswith(f"/containerGroups/{name}")
    assert not az("container", "list", "-g", resource_group, "--query", f"[?name=='{name}']")

    created = deploy("create", resource_group, template, name)
    properties = created["properties"]
    assert properties["provisioningState"] == "Succeeded"
    group = az("container", "show", "-g", resource_group, "-n", name)
    assert properties["outputs"]["ip"]["value"] == group["ipAddress"]["ip"]
    assert properties["outputs"]["id"]["value"] == group["id"]
    assert [resource["id"] for resource in properties["outputResources"]] == [group["id"]]
    assert "s3cret-default" not in json.dumps(properties)

    of_group = ("-g", resource_group)
    deployment = (*of_group, "-n", f"d-{name}")
    assert az("deployment", "group", "show", *deployment)["properties"]["outputs"] == properties["outputs"]
    assert f"d-{name}" in az("deployment", "group", "list", *of_group, "--query", "[].name")
    operations = az("deployment", "operation", "group", "list", *of_group, "-n", f"d-{name}")
    kinds = [operation["properties"]["provisioningOperation"] for operation in operations]
    assert kinds == ["Create", "EvaluateDeploymentOutput"]
    assert az("deployment", "group", "export", *deployment)["contentVersion"] == "1.0.0.0"
    assert az("deployment", "group", "wait", *deployment, "--created") == ""
    az("deployment", "group", "delete", *deployment)
    with pytest.raises(AzFailed, match="DeploymentNotFound"):
        az("deployment", "group", "show", *deployment)
    assert az("container", "show", *of_group, "-n", name)["name"] == name


def test_what_if_tells_what_is_new_and_what_stays(resource_group, name, template):
    def changes():
        found = deploy("what-if", resource_group, template, name, "--no-pretty-print")["changes"]
        return [change["changeType"] for change in found if change["resourceId"].endswith(f"/{name}")]

    assert changes() == ["Create"]
    deploy("create", resource_group, template, name)
    assert changes() == ["NoChange"]
    pretty = deploy("what-if", resource_group, template, name, "restartPolicy=Never")
    assert "restartPolicy" in pretty and "Never" in pretty


def test_what_is_wrong_is_told_in_azures_words(resource_group, name, template):
    with pytest.raises(AzFailed, match="is not part of the allowed value"):
        deploy("create", resource_group, template, name, "restartPolicy=Sometimes")
    with pytest.raises(AzFailed, match="InvalidTemplate"):
        deploy("validate", resource_group, template, name, "restartPolicy=Sometimes")
    with pytest.raises(AzFailed, match="InvalidTemplateDeployment"):
        deploy("create", resource_group, template, name, "port=70000")


def test_a_subscription_gets_a_resource_group_and_what_is_in_it(resource_group, name, tmp_path):
    inner = {
        "$schema": SCHEMA,
        "contentVersion": "1.0.0.0",
        "resources": [{
            "type": "Microsoft.ManagedIdentity/userAssignedIdentities",
            "apiVersion": "2023-01-31",
            "name": "[format('id-{0}', resourceGroup().name)]",
            "location": "[resourceGroup().location]",
        }],
    }
    outer = {
        "$schema": SCHEMA,
        "contentVersion": "1.0.0.0",
        "parameters": {"group": {"type": "string"}},
        "resources": [{
            "type": "Microsoft.Resources/deployments",
            "apiVersion": "2022-09-01",
            "name": "inner",
            "resourceGroup": "[parameters('group')]",
            "properties": {
                "mode": "Incremental",
                "expressionEvaluationOptions": {"scope": "inner"},
                "template": inner,
            },
        }],
    }
    path = tmp_path / "outer.json"
    path.write_text(json.dumps(outer))
    given = ("-f", str(path), "-p", f"group={resource_group}")
    created = az("deployment", "sub", "create", "-n", name, "-l", LOCATION, *given)
    assert created["properties"]["provisioningState"] == "Succeeded"
    identity = az("identity", "show", "-g", resource_group, "-n", f"id-{resource_group}")
    assert identity["location"].replace(" ", "").lower() == LOCATION
    az("deployment", "sub", "delete", "-n", name)
