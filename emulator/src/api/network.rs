//! Microsoft.Network, as far as container groups are put into virtual networks.

use axum::Router;
use axum::routing::get;

use super::tracked;
use crate::app::App;
use crate::neighbours::network::NetworkProperties;
use crate::neighbours::network::profile::ProfileProperties;
use crate::neighbours::network::security_group::SecurityGroupProperties;

pub mod address;
pub mod operation;
pub mod profiles;
pub mod security_groups;
pub mod subnets;
pub mod users;
pub mod virtual_networks;

/// The routes.
pub fn routes() -> Router<App> {
    const SUBSCRIPTION: &str = "/subscriptions/{subscription}/providers/Microsoft.Network";
    const SCOPE: &str =
        "/subscriptions/{subscription}/resourceGroups/{resource_group}/providers/Microsoft.Network";
    let network = format!("{SCOPE}/virtualNetworks/{{network}}");
    let group = format!("{SCOPE}/networkSecurityGroups/{{group}}");
    Router::new()
        .route(&format!("{SUBSCRIPTION}/virtualNetworks"), get(tracked::list::<NetworkProperties>))
        .route(&format!("{SCOPE}/virtualNetworks"), get(tracked::list::<NetworkProperties>))
        .route(
            &network,
            get(virtual_networks::get)
                .put(virtual_networks::put)
                .patch(tracked::patch_tags::<NetworkProperties>)
                .delete(virtual_networks::delete),
        )
        .route(&format!("{network}/subnets"), get(subnets::list))
        .route(
            &format!("{network}/subnets/{{subnet}}"),
            get(subnets::get).put(subnets::put).delete(subnets::delete),
        )
        .route(&format!("{network}/checkIPAddressAvailability"), get(address::check))
        .route(&format!("{network}/usages"), get(address::usages))
        .route(&format!("{SUBSCRIPTION}/networkProfiles"), get(tracked::list::<ProfileProperties>))
        .route(&format!("{SCOPE}/networkProfiles"), get(tracked::list::<ProfileProperties>))
        .route(
            &format!("{SCOPE}/networkProfiles/{{profile}}"),
            get(tracked::get::<ProfileProperties>)
                .put(profiles::put)
                .patch(tracked::patch_tags::<ProfileProperties>)
                .delete(profiles::delete),
        )
        .route(
            &format!("{SUBSCRIPTION}/networkSecurityGroups"),
            get(tracked::list::<SecurityGroupProperties>),
        )
        .route(&format!("{SCOPE}/networkSecurityGroups"), get(tracked::list::<SecurityGroupProperties>))
        .route(
            &group,
            get(security_groups::get)
                .put(security_groups::put)
                .patch(tracked::patch_tags::<SecurityGroupProperties>)
                .delete(security_groups::delete),
        )
        .route(&format!("{group}/securityRules"), get(security_groups::list_rules))
        .route(
            &format!("{group}/securityRules/{{rule}}"),
            get(security_groups::get_rule)
                .put(security_groups::put_rule)
                .delete(security_groups::delete_rule),
        )
        .route(
            &format!("{SUBSCRIPTION}/locations/{{location}}/operations/{{operation}}"),
            get(operation::status),
        )
        // Azure writes `operationResults` here and `operationresults` elsewhere; a path has one spelling of a word.
        .route(
            &format!("{SUBSCRIPTION}/locations/{{location}}/operationresults/{{operation}}"),
            get(operation::result),
        )
}
