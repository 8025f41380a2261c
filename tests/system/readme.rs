//! The commands of `README.md`, run against the edge with the real origin behind it.

use crate::fixture::{Shell, commands_of};
use crate::whole_shop::RealOrigin;

/// Where `cargo xtask up` listens.
const ADDRESS: &str = "127.0.0.1:8080";
/// Stands between what one command and the next one print.
const NEXT: &str = "-- next command --";

/// What the commands print, among other things: those of each paragraph of the block.
const EXPECTED: &[&[&str]] = &[
    &[],
    &["\"session_id\"", "\"tier\":\"guest\""],
    &["\"source\":\"faq-edge\"", "30 days"],
    &["event: start", "event: delta", "event: cards", "event: done", "\"source\":\"extractive\""],
    &["\"tier\":\"customer\"", "MA-100", "event: done"],
    &["\"code\":\"blocked\""],
];

#[tokio::test(flavor = "multi_thread")]
async fn every_curl_command_gets_what_the_text_says() {
    let blocks = commands_of("README.md");
    // The first block are the two commands that set all up: this test is run by the second.
    assert_eq!(blocks.len(), 2, "a block of README.md is not run: {blocks:?}");
    assert!(blocks[0].starts_with("cargo xtask up"), "{}", blocks[0]);
    let origin = RealOrigin::start().await;
    let shop = origin.shop().await;
    assert!(blocks[1].contains(ADDRESS), "{}", blocks[1]);
    let block = blocks[1].replace(ADDRESS, &shop.http.to_string());
    let script = block.replace("\n\n", &format!("\necho; echo '{NEXT}'\n"));
    let printed = Shell::new().run(&script).await;
    let printed: Vec<&str> = printed.split(NEXT).collect();
    assert_eq!(printed.len(), EXPECTED.len(), "a command of README.md has no answer to expect: {block}");
    for (printed, expected) in printed.iter().zip(EXPECTED) {
        for part in *expected {
            assert!(printed.contains(part), "{part} is not in: {printed}");
        }
    }
    let streamed = printed[3].split("event: done").next().unwrap_or_default();
    assert!(streamed.matches("event: delta").count() > 1, "the answer came in one piece: {streamed}");
}
