//! JSON of 64 KiB as applications send it: none of it may come near the bound on work.

/// Bytes of each body.
const BYTES: usize = 64 * 1024;

/// The bodies, each with what it is.
pub(crate) fn bodies() -> Vec<(&'static str, String)> {
    vec![
        (
            "a list of records",
            list(|n| format!(r#"{{"title":"Volume {n} of a long series","note":"plain text, {n}"}}"#)),
        ),
        ("a list of numbers", list(|n| n.to_string())),
        (
            "a list of notes with quotes",
            list(|n| {
                format!(
                    r#"{{"id":{n},"note":"It's Naoko's \"favourite\" (no. {n}); don't fold & don't bend - O'Brien's shop, 10% off"}}"#
                )
            }),
        ),
        (
            "prose in one member",
            format!(
                r#"{{"text":"{}"}}"#,
                r#"It's a story about two friends who don't stop; \"never\", they say. "#.repeat(940)
            ),
        ),
        (
            "prose in Japanese",
            list(|n| format!(r#"{{"題名":"第{n}巻","感想":"とても面白かったです。次の巻も楽しみです！"}}"#)),
        ),
        (
            "markup and code",
            list(|n| {
                format!(
                    r#"{{"id":"{n:08x}","html":"<p>Volume <b>{n}</b></p>","code":"for (let i = 0; i < n; i++) {{ f(i); }}"}}"#
                )
            }),
        ),
    ]
}

/// As many items as there is room for.
fn list(item: impl Fn(usize) -> String) -> String {
    let mut text = String::from("[");
    for number in 0.. {
        let next = item(number);
        if text.len() + next.len() + 2 > BYTES {
            break;
        }
        if number > 0 {
            text.push(',');
        }
        text.push_str(&next);
    }
    text + "]"
}
