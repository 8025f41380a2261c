//! The five requests that both servers get.

use host::wit;

use crate::client::browser_request;
use crate::filters::parse;

/// Bytes of the chat post's body.
const CHAT_BYTES: usize = 200;
/// Bytes of the form, at most.
const FORM_BYTES_MAX: usize = 2 * 1024;
/// Bytes of the JSON body, at most. The edge takes 64 KiB.
const JSON_BYTES_MAX: usize = 64_000;

/// A request.
pub(super) struct Case {
    /// Its key among the figures.
    pub(super) key: &'static str,
    /// What is printed.
    pub(super) name: &'static str,
    /// As it is sent.
    pub(super) bytes: Vec<u8>,
    /// Whether a firewall refuses it.
    pub(super) is_attack: bool,
    /// Largest part of what nginx's firewall adds that ours may add.
    pub(super) ratio_goal: f64,
    /// How many a round has on nginx with its firewall: about as long for each, a second.
    pub(super) heavy: usize,
    /// How many a round has on the others.
    pub(super) light: usize,
}

impl Case {
    /// As the edge hands it to the chain.
    pub(super) fn request(&self) -> anyhow::Result<wit::Request> {
        parse(&self.bytes)
    }

    /// The status of its answer where there is a firewall, and where there is none.
    pub(super) fn status(&self, has_firewall: bool) -> u16 {
        if self.is_attack && has_firewall { 403 } else { 200 }
    }
}

/// The plain `GET`, the chat post, the form, the large JSON body, the attack.
pub(super) fn cases() -> Vec<Case> {
    let cookie = "theme=dark";
    let get = |target| browser_request("GET", target, cookie, None);
    let post =
        |target, media, body: &str| browser_request("POST", target, cookie, Some((media, body.as_bytes())));
    let form = "application/x-www-form-urlencoded";
    let case = |key, name, bytes| Case {
        key,
        name,
        bytes,
        is_attack: false,
        ratio_goal: 1.0 / 20.0,
        heavy: 500,
        light: 2_000,
    };
    vec![
        case("get", "GET, 12 headers", get("/series/monster?volume=3&from=search")),
        case("chat", "POST, 200-byte JSON", post("/api/messages", "application/json", &chat())),
        Case { heavy: 120, ..case("form", "POST, 2 KB form", post("/api/orders", form, &fields())) },
        Case {
            ratio_goal: 1.0,
            heavy: 12,
            light: 200,
            ..case("json", "POST, 64 KB JSON", post("/api/catalogue", "application/json", &items()))
        },
        Case {
            is_attack: true,
            ratio_goal: 1.0,
            ..case(
                "attack",
                "GET, an attack",
                get("/search?q=1%27%20UNION%20SELECT%20password%20FROM%20users--%20"),
            )
        },
    ]
}

/// A shopper's message. To a path that the edge does not answer itself, so that both servers forward it.
fn chat() -> String {
    let text = "Which volume of One Piece has the Enies Lobby arc, and do you ship to Osaka?";
    let head = format!(
        r#"{{"id":"0191f3a2-7c1e-7d3a-9f00-1b2c3d4e5f60","text":"{text}","page":{{"path":"/series/one-piece","title":""#
    );
    let title = "One Piece and more ".repeat(CHAT_BYTES);
    let title = &title[..CHAT_BYTES - head.len() - "\"}}".len()];
    format!("{head}{title}\"}}}}")
}

fn fields() -> String {
    let field =
        |at| format!("field{at}=A+plain+value+with+some+words+that+a+customer+might+write+and+a+number+{at}");
    let mut text = String::new();
    for field in (0..).map(field) {
        if text.len() + 1 + field.len() > FORM_BYTES_MAX {
            break;
        }
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(&field);
    }
    text
}

/// What a seller uploads: long texts in about a hundred arguments, since our own rules let no more than 128 pass.
fn items() -> String {
    let note = "A plain text that a seller wrote, with nothing but words in it. ".repeat(16);
    let item = |at| format!(r#"{{"title":"Volume {at} of a long series","note":"{note}"}}"#);
    let mut text = "[".to_owned();
    for item in (0..).map(item) {
        if text.len() + 1 + item.len() + 1 > JSON_BYTES_MAX {
            break;
        }
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(&item);
    }
    text.push(']');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bodies_are_as_long_as_they_are_said_to_be() {
        let lengths: Vec<usize> =
            cases().iter().map(|case| case.request().unwrap().body.unwrap_or_default().len()).collect();
        assert_eq!(lengths[..2], [0, CHAT_BYTES]);
        assert!((FORM_BYTES_MAX - 120..=FORM_BYTES_MAX).contains(&lengths[2]), "{lengths:?}");
        assert!((JSON_BYTES_MAX - 1_200..=JSON_BYTES_MAX).contains(&lengths[3]), "{lengths:?}");
        for json in [chat(), items()] {
            serde_json::from_str::<serde_json::Value>(&json).unwrap();
        }
    }
}
