//! The widget's files, as `spin.toml` mounts them.

use chat::Code;
use reqwest::Method;

use crate::fixture::{Connection, FakeOrigin, Reply, SpinShop, refused, root};

async fn shop() -> SpinShop {
    // It is gone with this function: pages do not need it.
    SpinShop::with_origin(&FakeOrigin::answering(&["never asked"])).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_has_a_policy_and_is_sent_again_only_when_it_has_changed() {
    let shop = shop().await;
    let page = shop.stranger().get("/").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    let file = std::fs::read_to_string(root().join("widget/dist/index.html")).expect("the widget is built");
    assert_eq!(page.body, file);
    assert!(page.header("content-security-policy").contains("default-src 'self'"));
    assert_eq!(page.header("cache-control"), "no-cache");
    let request = shop.stranger().request(Method::GET, "/").header("if-none-match", page.header("etag"));
    let again = Reply::to(request).await;
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    assert_eq!(again.header("etag"), page.header("etag"));
    let request = shop.stranger().request(Method::GET, "/").header("if-none-match", "\"another\"");
    assert_eq!(Reply::to(request).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn head_has_the_headers_and_no_body() {
    let shop = shop().await;
    let page = shop.stranger().get("/").await;
    let head = Reply::to(shop.stranger().request(Method::HEAD, "/")).await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    for name in ["etag", "content-type", "cache-control", "content-security-policy"] {
        assert_eq!(head.header(name), page.header(name), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_asset_is_served_and_may_be_kept_for_ever() {
    let shop = shop().await;
    let folder = root().join("widget/dist/assets");
    let mut served = 0;
    for entry in std::fs::read_dir(folder).expect("the widget is built") {
        let entry = entry.expect("the folder is readable");
        let name = entry.file_name().into_string().expect("an asset's name is UTF-8");
        let asset = shop.stranger().get(&format!("/assets/{name}")).await;
        assert_eq!(asset.status, 200, "{name}");
        let file = std::fs::read(entry.path()).expect("the asset is readable");
        assert_eq!(asset.body, String::from_utf8_lossy(&file), "{name}");
        assert_eq!(asset.header("cache-control"), "public, max-age=31536000, immutable");
        assert_ne!(asset.header("content-type"), "application/octet-stream", "{name}");
        served += 1;
    }
    assert!(served > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_file_of_the_widget_is_not_there() {
    let shop = shop().await;
    for path in ["/nothing", "/assets", "/assets/", "/spin.toml", "/..%2f..%2fspin.toml", "/..%5cspin.toml"] {
        let reply = shop.stranger().get(path).await;
        assert!(matches!(reply.status, 403 | 404), "{path}: {}", reply.body);
        assert!(!reply.body.contains("spin_manifest_version"), "{path}");
    }
    refused(&shop.stranger().get("/nothing").await, Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_path_leads_out_of_the_widget() {
    let shop = shop().await;
    let host = shop.address;
    // No client library would send these as they are.
    for target in ["/../spin.toml", "/assets/../../spin.toml", "/./../../spin.toml", "//etc/passwd"] {
        let mut connection = Connection::to(host).await;
        let request = format!("GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        let reply = connection.write(request).await.reply().await;
        assert!(matches!(reply.status, 400 | 403 | 404), "{target}: {}", reply.head);
        assert!(!reply.body.contains("spin_manifest_version") && !reply.body.contains("root:"), "{target}");
    }
}
