//! Rules from a folder that the slot's settings name: published, watched, and refused like the slot's own.

use std::path::Path;

use super::filters::{Filters, RULE};
use super::flow::MARKED;
use super::refused::{publications, version};

/// A folder laid out as the Core Rule Set is unpacked: set-up to be copied, rules with data beside them, and what is no rule.
fn unpacked(rules: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in [
        ("crs-setup.conf.example", "SecAction \"id:1009200,phase:1,pass,nolog,setvar:tx.named=1\"\n"),
        ("rules/REQUEST-900-BEFORE.conf.example", "SecNonsense, which is an example and no rule\n"),
        ("rules/REQUEST-901.conf", rules),
        ("rules/words.data", "now\nlater\n"),
        ("tests/rules.conf", "SecNonsense, which is a test and no rule\n"),
    ] {
        put(folder.path(), name, text);
    }
    folder
}

fn put(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a writable folder");
    std::fs::write(path, text).expect("a writable folder");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_folder_is_published_with_its_setup_and_its_data() {
    let rules = "SecRule TX:named \"@eq 1\" \"id:1009201,phase:2,deny,status:403,msg:'named',chain\"\n\
                 SecRule ARGS:marker \"@pmFromFile words.data\" \"t:none\"\n";
    let (filters, folder) = (Filters::copied(), unpacked(rules));
    let shop = filters.shop_naming(folder.path()).await;
    let stranger = shop.stranger();
    assert_eq!(stranger.get(MARKED).await.status, 403);
    assert_eq!(stranger.get("/?marker=never").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_rule_file_in_a_named_folder_leaves_the_version_in_place_until_it_is_mended() {
    let (filters, folder) = (Filters::copied(), unpacked(RULE));
    let shop = filters.shop_naming(folder.path()).await;
    let (before, stranger) = (version(&shop), shop.stranger());
    assert_eq!(stranger.get(MARKED).await.status, 403);

    put(
        folder.path(),
        "rules/REQUEST-901.conf",
        "SecRule ARGS:marker \"@nosuchoperator now\" \"id:1,phase:2\"\n",
    );
    publications(&shop, "refused", 1).await;
    assert_eq!(version(&shop), before);
    assert_eq!(stranger.get(MARKED).await.status, 403);

    put(folder.path(), "rules/REQUEST-901.conf", "# No rule.\n");
    // The first was at the opening.
    publications(&shop, "published", 2).await;
    assert_ne!(version(&shop), before);
    assert_eq!(stranger.get(MARKED).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_folder_that_goes_away_leaves_the_version_in_place() {
    let (filters, folder) = (Filters::copied(), unpacked(RULE));
    let shop = filters.shop_naming(&folder.path().join("rules")).await;
    let before = version(&shop);
    std::fs::remove_dir_all(folder.path().join("rules")).expect("the folder is there");
    publications(&shop, "refused", 1).await;
    assert_eq!(version(&shop), before);
    assert_eq!(shop.stranger().get(MARKED).await.status, 403);
}
