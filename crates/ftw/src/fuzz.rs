//! Fuzz targets of the two readers: test files, and requests as a strict server reads them. See docs/fuzzing.md.

use bolero::TypeGenerator;

use crate::http::Request;
use crate::{request, suite};

/// Inputs in an ordinary run.
const ITERATIONS: usize = 2_000;
/// The most bytes of a request that a file of these pieces can ask for: templates repeat, and forms are escaped.
const REQUEST_BYTES_MAX: usize = 128 * 1024 * 1024;

/// One of some known pieces, or a byte.
#[derive(Clone, Debug, TypeGenerator)]
enum Piece {
    Known(u8),
    AlsoKnown(u8),
    Byte(u8),
}

fn write(pieces: &[Piece], known: &[&str]) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Known(number) | Piece::AlsoKnown(number) => {
                out.extend(known[usize::from(*number) % known.len()].bytes());
            }
            Piece::Byte(byte) => out.push(*byte),
        }
    }
    out
}

const HTTP: &[&str] = &[
    "GET / HTTP/1.1\r\n",
    "POST /a?b=c HTTP/1.1\r\n",
    "GET / HTTP/1.0\r\n",
    "CONNECT a:443 HTTP/1.1\r\n",
    "OPTIONS * HTTP/1.1\r\n",
    "Host: a\r\n",
    "host: [::1]:80\r\n",
    "Content-Length: 3\r\n",
    "Content-Length: 18446744073709551616\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: gzip\r\n",
    "X: y\r\n",
    " folded\r\n",
    "\r\n",
    "\r\n\r\n",
    "\n",
    "3\r\nabc\r\n",
    "0\r\n\r\n",
    "ffffffffffffffff\r\n",
    ":",
    " ",
    "#",
    "\t",
    "abc",
];

#[test]
fn any_bytes_are_a_request_or_refused() {
    bolero::check!().with_type::<Vec<Piece>>().with_iterations(ITERATIONS).for_each(|pieces| {
        let raw = write(pieces, HTTP);
        let Ok(request) = Request::parse(&raw) else { return };
        assert!(request.body.len() <= raw.len());
        assert!(!request.method.is_empty() && !request.target.contains([' ', '#', '\r', '\n', '\0']));
        assert!(request.version.starts_with("HTTP/"));
        assert!(request.values("host").count() <= 1);
        // Two framings are not told of: whoever reads on sees one.
        let framings =
            [request.values("transfer-encoding").count(), request.values("content-length").count()];
        assert!(framings.contains(&0), "{framings:?}");
        for (name, value) in &request.headers {
            assert!(!name.is_empty() && !name.contains([' ', ':', '\r', '\n']));
            assert!(!value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)));
        }
        // What was read reads the same when it is written again.
        assert_eq!(Request::parse(&written(&request)), Ok(request));
    });
}

/// A request that was read, as bytes; one whose body did not come to its end stays so.
fn written(request: &Request) -> Vec<u8> {
    let mut out = format!("{} {} {}\r\n", request.method, request.target, request.version).into_bytes();
    for (name, value) in &request.headers {
        out.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
    out.extend(b"\r\n");
    if request.values("transfer-encoding").next().is_none() {
        out.extend(&request.body);
        return out;
    }
    if !request.body.is_empty() {
        out.extend(format!("{:x}\r\n", request.body.len()).bytes());
        out.extend(&request.body);
        out.extend(b"\r\n");
    }
    if request.is_complete {
        out.extend(b"0\r\n\r\n");
    }
    out
}

const YAML: &[&str] = &[
    "---\n",
    "rule_id: 920100\n",
    "meta:\n  enabled: true\n",
    "tests:\n",
    "  - test_id: 1\n",
    "  - test_title: a\n",
    "    stages:\n",
    "      - stage:\n",
    "      - input:\n",
    "          input:\n",
    "          output:\n",
    "          method: GET\n",
    "          uri: \"/a\"\n",
    "          version: HTTP/1.1\n",
    "          headers:\n            Host: a\n",
    "          headers:\n            - name: Host\n              value: a\n",
    "          data: \"a=b\"\n",
    "          data: '{{ \"a\" | repeat 9 }}'\n",
    "          data: '{{ repeat 999999999 \"a\" }}'\n",
    "          encoded_data: YQ==\n",
    "          encoded_request: R0VUIC8gSFRUUC8xLjENCkhvc3Q6IGENCg0K\n",
    "          stop_magic: true\n",
    "        output:\n",
    "          log:\n            expect_ids: [920100]\n",
    "          status: 403\n",
    "          expect_error: true\n",
    "          log_contains: id \"920100\"\n",
    "&a ",
    "*a\n",
    "!!binary ",
    "{{",
    "}}",
    "[",
    "{",
    "- ",
    "\n",
    "  ",
    ":",
    "\"",
    "#",
];

#[test]
fn any_text_is_tests_or_no_test_file() {
    bolero::check!().with_type::<Vec<Piece>>().with_iterations(ITERATIONS).for_each(|pieces| {
        let text = String::from_utf8_lossy(&write(pieces, YAML)).into_owned();
        check_file(&text);
    });
}

/// A file whose frame is right, so that inputs are reached.
#[test]
fn any_input_of_a_test_is_bytes_or_refused() {
    bolero::check!().with_type::<Vec<u8>>().with_iterations(ITERATIONS).for_each(|lines| {
        let fields: Vec<&&str> = YAML.iter().filter(|piece| piece.starts_with("          ")).collect();
        let chosen: String = lines.iter().map(|line| *fields[usize::from(*line) % fields.len()]).collect();
        check_file(&format!(
            "rule_id: 920100\ntests:\n  - test_id: 1\n    stages:\n      - input:\n{chosen}        output:\n          status: 403\n"
        ));
    });
}

fn check_file(text: &str) {
    let Ok(tests) = suite::parse(text, "920100.yaml") else { return };
    for test in &tests {
        assert!(!test.id.is_empty());
        for stage in &test.stages {
            if let Ok(bytes) = request::bytes(&stage.input, "/") {
                assert!(bytes.len() <= REQUEST_BYTES_MAX, "{} bytes", bytes.len());
                let _ = Request::parse(&bytes);
            }
        }
    }
}
