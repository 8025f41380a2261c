//! Bodies that are made to cost much. The example `worst` looks for the dearest of them, and `cargo xtask bench waf` uses it as well.

const FORM: &str = "application/x-www-form-urlencoded";
/// What makes regexes, transformations and grammars begin and not end.
const PIECES: &[&str] = &[
    "a",
    " ",
    "\t",
    "'",
    "\"",
    "`",
    "\\",
    "\\x41",
    "\\u0041",
    "/",
    "../",
    "/./",
    "%25",
    "%2541",
    "%u0041",
    "&lt;",
    "&#x41;",
    "<",
    "<script",
    "<a href=",
    "<!--",
    "/*",
    "*/",
    "--",
    "#",
    "(",
    ")",
    "((",
    "[",
    "{",
    "{{",
    "${",
    "$(",
    ";",
    "|",
    "||",
    "&&",
    "=",
    "==",
    "1",
    "1,",
    "1=1 ",
    "0x",
    "or ",
    "select ",
    "union select ",
    "select * from ",
    "' or '",
    "' or 1=1 ",
    "x='",
    "@@",
    "@a",
    "sleep(",
    "char(",
    "on",
    "onx=",
    "javascript:",
    "style=",
    "http://",
    "php://",
    "cat ",
    "c\\at",
    "c''at",
    "$u",
    "${a}",
    "u+0041",
    "eval(",
    "system(",
    "java.lang.",
    "__proto__",
    "constructor",
    "\r\n",
    "\n",
    "HTTP/1.1",
    "get / http/",
    "\u{e9}",
    "\u{6f22}",
    "\u{0}",
    "A",
    "aA",
    "QUFB",
    "====",
    "._.",
    "a.b",
    "a,b ",
    "a:b ",
    "a-",
    "~",
    "!",
    "?",
    "*",
    "+",
    "^",
    "%",
];

/// A body that is made to cost much.
pub(crate) struct Case {
    /// What it is made of.
    pub(crate) name: String,
    /// Its `content-type`.
    pub(crate) media: &'static str,
    pub(crate) body: Vec<u8>,
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02x}") })
        .collect()
}

/// Every kind, of at most so many bytes.
pub(crate) fn cases(bytes_max: usize) -> Vec<Case> {
    let repeated = |piece: &str| piece.repeat(bytes_max / piece.len());
    let mut cases = Vec::new();
    let mut add = |name: String, media, body: String| {
        let mut body = body.into_bytes();
        body.truncate(bytes_max);
        cases.push(Case { name, media, body });
    };
    for piece in PIECES {
        let shown = piece.escape_debug();
        add(
            format!("one argument of {shown}"),
            FORM,
            format!("a={}", repeated(piece).replace(['&', '+'], "x")),
        );
        add(format!("one escaped argument of {shown}"), FORM, format!("a={}", repeated(&escaped(piece))));
        let pair = format!("a{}={}&", escaped(piece), escaped(&piece.repeat(6)));
        add(format!("arguments of {shown}"), FORM, repeated(&pair));
        let words = format!("a={}&", escaped(piece).repeat(60));
        add(format!("longer arguments of {shown}"), FORM, repeated(&words));
    }
    add("empty arguments".into(), FORM, repeated("a=&"));
    add("JSON, flat".into(), "application/json", format!("[{}0]", repeated("'1,").replace('\'', "")));
    add("JSON, an object".into(), "application/json", format!("{{{}", repeated("\"a'\":\"<a'\",")));
    add("JSON, deep".into(), "application/json", repeated("[{\"a\":"));
    add("XML, attributes".into(), "application/xml", format!("<a {}", repeated("b='select' ")));
    add("XML, elements".into(), "application/xml", repeated("<a><b>'</b></a>"));
    add(
        "multipart".into(),
        "multipart/form-data; boundary=b",
        repeated("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n'x\r\n"),
    );
    cases
}
