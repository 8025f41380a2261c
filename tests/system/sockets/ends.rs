//! Sockets that the edge closes without a fault of the client's.

use super::aid::the_next_one_is_served;
use crate::fixture::{Shop, cookie_ending_in};

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_socket_closes() {
    let shop = Shop::open().setting("chat.idle_s", 1).await;
    let mut socket = shop.guest().await.socket().await;
    assert_eq!(socket.closing().await, (1001, "idle".to_owned()));
    the_next_one_is_served(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_closes_when_its_session_expires() {
    let shop = Shop::open().await;
    let mut socket = shop.stranger().with_cookie(&cookie_ending_in(3)).socket().await;
    assert_eq!(socket.closing().await, (1008, "the session has expired".to_owned()));
    the_next_one_is_served(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draining_edge_tells_its_sockets_to_come_back() {
    let mut shop = Shop::open().await;
    let mut socket = shop.guest().await.socket().await;
    shop.begin_to_drain();
    assert_eq!(socket.closing().await, (1012, "restarting, connect again".to_owned()));
    shop.drain().await;
}
