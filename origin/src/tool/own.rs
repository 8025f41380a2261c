//! The shopper's own affairs. The customer is the verified principal; nothing that the shopper or a model writes can make it
//! another.

use chat::Language;

use crate::admit::Call;
use crate::compose::Composer;
use crate::memory::{Memory, MemoryError};
use crate::metrics::Metrics;
use crate::model::{Matter, OrderFacts};
use crate::shop::Shop;
use crate::shop::services::{Order, Orders, Profiles, ServiceError};

/// Orders that are listed.
const ORDERS_LISTED_MAX: usize = 5;

/// The customer's orders: those named, or the latest.
pub(crate) async fn orders(
    numbers: &[String],
    call: &Call,
    orders: &dyn Orders,
    shop: &Shop,
    language: Language,
) -> Result<Matter, ServiceError> {
    let Some(customer) = call.customer() else { return Ok(Matter::SignIn { orders: true }) };
    let facts = |order: Order| {
        let title = |id: &str| shop.by_id(id).map_or(id, |series| series.title_in(language)).to_owned();
        let items =
            order.items.iter().map(|item| (title(&item.series), item.volume, item.quantity)).collect();
        OrderFacts { order, items }
    };
    if numbers.is_empty() {
        let recent = orders.recent(customer.to_owned(), ORDERS_LISTED_MAX).await?;
        return Ok(Matter::RecentOrders { orders: recent.into_iter().map(facts).collect() });
    }
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for number in numbers {
        match orders.order(customer.to_owned(), number.clone()).await? {
            Some(order) => found.push(facts(order)),
            None => missing.push(number.clone()),
        }
    }
    Ok(Matter::Orders { found, missing })
}

/// The customer's wishlist.
pub(crate) async fn wishlist(
    call: &Call,
    profiles: &dyn Profiles,
    composer: &Composer<'_>,
) -> Result<Matter, ServiceError> {
    let Some(customer) = call.customer() else { return Ok(Matter::SignIn { orders: false }) };
    let profile = profiles.profile(customer.to_owned()).await?.unwrap_or_default();
    composer.wishlist(&profile.wishlist).await
}

/// Queues the session for a person.
pub(crate) async fn hand_off(
    call: &Call,
    memory: &dyn Memory,
    metrics: &Metrics,
) -> Result<Matter, MemoryError> {
    let handoff = memory.hand_off(call.session.clone()).await?;
    metrics.handoffs.inc();
    Ok(Matter::Handoff { position: handoff.position })
}
