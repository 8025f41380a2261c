//! Each body processor, on any body. An attack that stands in a body is found, or the rules are told that the body could not be read.

use std::sync::LazyLock;

use seclang::{Mode, NoDataFiles, RequestHead, RuleSet, Source, Transaction};

use crate::pieces::{BODY, Piece, write};

/// Bodies in an ordinary run.
const ITERATIONS: usize = 3_000;

/// An attack in any place; then everything that says that a body was not read as a whole, or may be read in another way.
const RULES: &str = r#"
SecRule ARGS|ARGS_NAMES|FILES|REQUEST_BODY|XML:/*|XML://@* "@contains evil" "id:1,phase:2,deny,status:403,t:none"
SecRule REQBODY_ERROR "!@eq 0" "id:2,phase:2,deny,status:400"
SecRule MULTIPART_STRICT_ERROR|MULTIPART_UNMATCHED_BOUNDARY "!@eq 0" "id:3,phase:2,deny,status:400"
SecRule INSPECTION_ERROR "@eq 1" "id:4,phase:2,deny,status:413"
"#;

static BLOCKING: LazyLock<RuleSet> = LazyLock::new(|| {
    RuleSet::compile(&[Source { name: "bodies.conf", text: RULES }], &NoDataFiles).expect("rules")
});

/// The rule that refuses a body of this type.
fn refusal(media: &str, body: &[u8]) -> Option<u64> {
    let headers: &[(&str, &[u8])] = &[("Content-Type", media.as_bytes())];
    let head =
        RequestHead { method: "POST", uri: "/", protocol: "HTTP/1.1", headers, ..RequestHead::default() };
    let mut transaction = Transaction::new(&BLOCKING, Mode::Block);
    assert!(transaction.request_head(&head).interruption().is_none());
    transaction.request_body(body).interruption().map(|refusal| refusal.rule_id)
}

/// After any beginning, and before any end, this piece is seen or something is told.
fn is_never_passed_over(media: &'static str, attack: &'static str) {
    let attack = attack.as_bytes();
    bolero::check!().with_type::<(Vec<Piece>, Vec<Piece>)>().with_iterations(ITERATIONS).for_each(
        |(before, after)| {
            let body = [&write(before, BODY), attack, &write(after, BODY)].concat();
            assert!(refusal(media, &body).is_some(), "{media}: {:?}", String::from_utf8_lossy(&body));
        },
    );
}

#[test]
fn nothing_hides_an_argument_of_a_form() {
    is_never_passed_over("application/x-www-form-urlencoded", "&a=evil&");
}

#[test]
fn nothing_hides_a_field_of_a_multipart_body() {
    is_never_passed_over(
        "multipart/form-data; boundary=b",
        "\r\n--b\r\nContent-Disposition: form-data; name=\"z\"\r\n\r\nevil\r\n--b",
    );
}

#[test]
fn nothing_hides_a_member_of_json() {
    is_never_passed_over("application/json", "{\"z\":\"evil\"}");
}

#[test]
fn nothing_hides_the_text_of_xml() {
    bolero::check!().with_type::<(Vec<Piece>, Vec<Piece>)>().with_iterations(ITERATIONS).for_each(
        |(before, after)| {
            let (before, after) = (write(before, BODY), write(after, BODY));
            let body = [&before, &b"<z>evil</z>"[..], &after].concat();
            // What stands in a comment or an instruction is no text to whoever reads the document.
            let closes = |open: &[u8], close: &[u8]| contains(&before, open) && contains(&after, close);
            let is_hidden = closes(b"<!--", b"-->") || closes(b"<?", b"?>");
            assert!(
                is_hidden || refusal("text/xml", &body).is_some(),
                "{:?}",
                String::from_utf8_lossy(&body)
            );
        },
    );
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn nothing_hides_in_a_body_of_no_known_type() {
    // Such a body is read where rules ask for it.
    const FORCE: &str = "SecAction \"id:9,phase:1,pass,nolog,ctl:forceRequestBodyVariable=On\"\n";
    static FORCED: LazyLock<RuleSet> = LazyLock::new(|| {
        let text = format!("{FORCE}{RULES}");
        RuleSet::compile(&[Source { name: "forced.conf", text: &text }], &NoDataFiles).expect("rules")
    });
    bolero::check!().with_type::<(Vec<Piece>, u8)>().with_iterations(ITERATIONS).for_each(
        |(before, media)| {
            let media = crate::pieces::pick(&["", "text/plain", "application/octet-stream", "x"], *media);
            let body = [&write(before, BODY), &b"evil"[..]].concat();
            let headers: &[(&str, &[u8])] = &[("Content-Type", media.as_bytes())];
            let head = RequestHead {
                method: "POST",
                uri: "/",
                protocol: "HTTP/1.1",
                headers,
                ..RequestHead::default()
            };
            let mut transaction = Transaction::new(&FORCED, Mode::Block);
            assert!(transaction.request_head(&head).interruption().is_none());
            assert!(transaction.request_body(&body).interruption().is_some());
        },
    );
}
