//! Bytes that are more often near the edge of a grammar than chance would have them.

use bolero::TypeGenerator;

/// One of some known pieces, or a byte.
#[derive(Clone, Debug, TypeGenerator)]
pub(crate) enum Piece {
    /// A known piece, by its number.
    Known(u8),
    /// Another one: known pieces are more common than bytes.
    AlsoKnown(u8),
    /// Known pieces in a row.
    Pair(u8, u8),
    /// The same one again and again.
    Repeated(u8, #[generator(1..40)] u8),
    /// Any byte.
    Byte(u8),
}

/// Writes pieces out.
pub(crate) fn write(pieces: &[Piece], known: &[&str]) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Known(number) | Piece::AlsoKnown(number) => out.extend(pick(known, *number).bytes()),
            Piece::Pair(first, second) => {
                out.extend(pick(known, *first).bytes());
                out.extend(pick(known, *second).bytes());
            }
            Piece::Repeated(number, count) => {
                out.extend(pick(known, *number).repeat(usize::from(*count)).bytes());
            }
            Piece::Byte(byte) => out.push(*byte),
        }
    }
    out
}

/// An entry by any number.
pub(crate) fn pick<T: Copy>(list: &[T], number: u8) -> T {
    list[usize::from(number) % list.len()]
}

/// Pieces of the rule language, whole and broken.
pub(crate) const LANGUAGE: &[&str] = &[
    "SecRule ",
    "SecAction ",
    "SecMarker ",
    "SecDefaultAction ",
    "SecRuleRemoveById ",
    "SecRuleRemoveByTag ",
    "SecRuleUpdateTargetById ",
    "SecRuleUpdateActionById ",
    "SecResponseBodyMimeType ",
    "SecCollectionTimeout ",
    "SecArgumentsLimit ",
    "SecRequestBodyJsonDepthLimit ",
    "SecRule ARGS \"@rx a\" \"id:1,phase:2,deny\"\n",
    "SecAction \"id:2,phase:1,pass,nolog,setvar:tx.a=1\"\n",
    "SecMarker END\n",
    " ",
    "\n",
    "\\\n",
    "\"",
    "'",
    "ARGS",
    "ARGS:/a/",
    "&TX:a",
    "!ARGS:b",
    "|",
    "XML:/*",
    "\"@rx (a|b)+\" ",
    "\"@pm a |41|\" ",
    "\"!@eq 1\" ",
    "\"@ipMatch 10.0.0.0/8\" ",
    "\"@within %{tx.a}\" ",
    "%{",
    "}",
    "\"id:1,phase:2,deny,status:403,t:none,t:lowercase\"",
    "\"id:2,phase:1,chain\"",
    "\"setvar:'tx.a=+%{tx.b}'\"",
    "ctl:ruleRemoveTargetById=1;ARGS:a",
    "skipAfter:END",
    "initcol:ip=%{REMOTE_ADDR}",
    "expirevar:ip.a=5",
    "deprecatevar:ip.a=5/60",
    "#",
    ",",
    ":",
    "é",
    "\u{0}",
    "(?=a)",
    "(a{1000}){1000}",
    "[a",
    "((((((((",
    "9",
    "18446744073709551616",
    "-1",
];

/// Pieces of bodies of every kind, of escapes, and of attacks.
pub(crate) const BODY: &[&str] = &[
    "--b\r\n",
    "--b--",
    "--b--\r\n",
    "--b",
    "--c\r\n",
    "\r\n",
    "\r\n\r\n",
    "\n",
    "Content-Disposition: form-data; name=\"a\"",
    "Content-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n",
    "Content-Disposition: form-data; name=a; name=\"b\"\r\n",
    "; filename=\"x.php\"",
    "Content-Type: text/plain; charset=utf-7",
    "Content-Type: multipart/mixed; boundary=b\r\n",
    "Content-Transfer-Encoding: base64\r\n",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "\"a\":",
    "\"a\":1,",
    "\\u00",
    "\\u0041",
    "\\ud83d",
    ":",
    ",",
    "1",
    "-1e999",
    "null",
    "<a ",
    "<a>",
    "</a>",
    "<a b='c'>",
    "/>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?xml version='1.0'?>",
    "<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>",
    "<!ENTITY f \"&e;&e;&e;\">",
    "&e;",
    "&#x",
    "&#x41;",
    "&lt;",
    "&amp",
    ";",
    "a=",
    "a=1&",
    "&",
    "%",
    "%u",
    "%41",
    "%2541",
    "%%34%31",
    "%u0041",
    "%00",
    "%c0%af",
    "+",
    "' or 1=1--",
    "<script>",
    "../../etc/passwd",
    "\\x41",
    "\\",
    "\u{0}",
    "漫",
    "é",
    "\u{a0}",
    "\u{feff}",
    "\u{202e}",
    "/*",
    "*/",
    "#",
    "QUFB",
    "\u{1f}\u{8b}\u{8}",
];
