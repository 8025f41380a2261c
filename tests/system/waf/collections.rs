//! Collections that rules keep between requests.

use chat::Code;

use super::rules::Rules;
use crate::fixture::{Reply, refused};

/// Refuses the fourth visit of an address that names itself in a header.
const COUNTING: &str = "SecRule REQUEST_HEADERS:X-Visitor \"@rx ^[a-z]+$\" \
    \"id:1009111,phase:1,pass,nolog,t:none,initcol:ip=%{REMOTE_ADDR}_%{MATCHED_VAR},setvar:ip.visits=+1\"\n\
    SecRule IP:visits \"@gt 3\" \"id:1009112,phase:1,deny,status:403,t:none,msg:'%{ip.visits} visits'\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_counts_over_requests_by_its_key() {
    let shop = Rules::new(COUNTING).opening().await;
    let stranger = shop.stranger();
    let visit = async |name: &'static str| {
        Reply::to(stranger.request(reqwest::Method::GET, "/").header("x-visitor", name)).await
    };
    for _ in 0..3 {
        assert_eq!(visit("ann").await.status, 200);
    }
    refused(&visit("ann").await, Code::Blocked);
    assert_eq!(visit("bob").await.status, 200);
    // What is refused counts as well, and a request that opens no collection does not.
    refused(&visit("ann").await, Code::Blocked);
    assert_eq!(stranger.get("/").await.status, 200);
}
