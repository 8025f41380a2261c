//! What a session may use: the `features` of an [`InitReply`](crate::message::InitReply).

use serde::{Deserialize, Serialize};

/// The tier that is signed in to the shop, as it is written.
const CUSTOMER: &str = "customer";

/// Something that a client may offer its user, or a way to send turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// Questions about the shop: shipping, returns, payment.
    Faq,
    /// Finding and comparing series, and what fits the page that the shopper is on.
    Discovery,
    /// Asking for a person.
    Handoff,
    /// The shopper's own orders and returns.
    Orders,
    /// Recommendations from what the shopper has bought.
    Personal,
    /// Turns by `POST /v1/chat/messages`, their events as Server-Sent Events. Every host has it.
    Sse,
    /// Turns over the WebSocket at `ws_url`. Only a host that ends WebSockets has it.
    Websocket,
}

impl Feature {
    /// Every feature.
    pub const ALL: &[Self] = &[
        Self::Faq,
        Self::Discovery,
        Self::Handoff,
        Self::Orders,
        Self::Personal,
        Self::Sse,
        Self::Websocket,
    ];

    /// The features of a tier (`guest`, `customer` or `developer`) on a host that ends WebSockets or does not.
    #[must_use]
    pub fn of(tier: &str, has_sockets: bool) -> Vec<Self> {
        let is_there = |feature: &Self| match feature {
            Self::Faq | Self::Discovery | Self::Handoff | Self::Sse => true,
            Self::Orders | Self::Personal => tier == CUSTOMER,
            Self::Websocket => has_sockets,
        };
        Self::ALL.iter().copied().filter(is_there).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(features: &[Feature]) -> Vec<String> {
        features.iter().map(|feature| serde_json::to_string(feature).unwrap()).collect()
    }

    #[test]
    fn everyone_may_ask_and_only_a_customer_about_what_is_theirs() {
        let everyone = ["\"faq\"", "\"discovery\"", "\"handoff\"", "\"sse\""];
        for tier in ["guest", "developer"] {
            assert_eq!(names(&Feature::of(tier, false)), everyone);
        }
        let customer = Feature::of("customer", false);
        assert!(customer.contains(&Feature::Orders) && customer.contains(&Feature::Personal));
    }

    #[test]
    fn a_host_without_sockets_names_none() {
        assert!(!Feature::of("customer", false).contains(&Feature::Websocket));
        assert_eq!(Feature::of("customer", true), Feature::ALL);
    }
}
