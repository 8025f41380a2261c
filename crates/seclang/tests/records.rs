//! Collections that outlive a transaction.

use std::cell::RefCell;
use std::collections::HashMap;

use seclang::{
    AnsweredRequest, Mode, NoDataFiles, Outcome, Records, RequestHead, RuleSet, Source, Transaction,
};

/// Records in memory, and a clock that stands until it is moved.
#[derive(Debug, Default)]
struct Memory {
    now_s: u64,
    records: HashMap<(String, String), (Vec<u8>, u32)>,
}

#[derive(Debug)]
struct Shared<'m>(&'m RefCell<Memory>);

impl Records for Shared<'_> {
    fn now_s(&self) -> u64 {
        self.0.borrow().now_s
    }

    fn load(&mut self, collection: &str, key: &str) -> Option<Vec<u8>> {
        self.0.borrow().records.get(&(collection.to_owned(), key.to_owned())).map(|(bytes, _)| bytes.clone())
    }

    fn store(&mut self, collection: &str, key: &str, record: &[u8], ttl_s: u32) {
        let key = (collection.to_owned(), key.to_owned());
        self.0.borrow_mut().records.insert(key, (record.to_vec(), ttl_s));
    }
}

fn rules(text: &str) -> RuleSet {
    RuleSet::compile(&[Source { name: "test.conf", text }], &NoDataFiles).expect("rules")
}

/// The rules that matched a request from this address.
fn visit(rules: &RuleSet, memory: &RefCell<Memory>, address: &str) -> Vec<u64> {
    let mut transaction = Transaction::new(rules, Mode::Block).with_records(Box::new(Shared(memory)));
    let head = RequestHead {
        method: "GET",
        uri: "/",
        protocol: "HTTP/1.1",
        client_address: address,
        ..RequestHead::default()
    };
    assert_eq!(transaction.request_head(&head), Outcome::Pass);
    transaction.log();
    transaction.matches().iter().map(|found| found.rule_id).collect()
}

const COUNTING: &str = "SecCollectionTimeout 600\n\
    SecAction \"id:1,phase:1,nolog,pass,initcol:ip=%{REMOTE_ADDR},setvar:ip.hits=+1\"\n\
    SecRule IP:hits \"@ge 3\" \"id:2,phase:1,pass,log,msg:'%{ip.hits} hits'\"\n";

#[test]
fn a_collection_is_kept_by_its_key() {
    let (rules, memory) = (rules(COUNTING), RefCell::default());
    let ids: Vec<_> = (0..3).map(|_| visit(&rules, &memory, "192.0.2.1")).collect();
    assert_eq!(ids, [vec![], vec![], vec![2]]);
    assert_eq!(visit(&rules, &memory, "192.0.2.2"), []);
    assert!(memory.borrow().records.values().all(|(_, ttl_s)| *ttl_s == 600));
}

#[test]
fn without_records_a_collection_lasts_as_long_as_its_transaction() {
    let rules = rules(COUNTING);
    for _ in 0..4 {
        let mut transaction = Transaction::new(&rules, Mode::Block);
        let _ = transaction.request_head(&RequestHead::default());
        transaction.log();
        assert!(transaction.matches().is_empty());
    }
}

#[test]
fn a_variable_expires() {
    let rules = rules(
        "SecAction \"id:1,phase:1,nolog,pass,initcol:ip=%{REMOTE_ADDR}\"\n\
         SecRule &IP:blocked \"@eq 1\" \"id:2,phase:1,pass,log\"\n\
         SecRule IP:IS_NEW \"@eq 1\" \"id:3,phase:1,pass,log,setvar:ip.blocked=1,setvar:ip.stays=1,expirevar:ip.blocked=60\"\n\
         SecRule IP:stays \"@eq 1\" \"id:4,phase:5,pass,log\"\n",
    );
    let memory = RefCell::default();
    assert_eq!(visit(&rules, &memory, "192.0.2.1"), [3, 4]);
    memory.borrow_mut().now_s = 59;
    assert_eq!(visit(&rules, &memory, "192.0.2.1"), [2, 4]);
    memory.borrow_mut().now_s = 60;
    assert_eq!(visit(&rules, &memory, "192.0.2.1"), [4]);
}

#[test]
fn a_number_shrinks_with_time_and_never_below_nothing() {
    let rules = rules(
        "SecAction \"id:1,phase:1,nolog,pass,initcol:ip=%{REMOTE_ADDR},deprecatevar:ip.score=5/10\"\n\
         SecRule IP:score \"@eq 2\" \"id:2,phase:1,pass,log\"\n\
         SecRule IP:score \"@eq 0\" \"id:3,phase:1,pass,log\"\n\
         SecRule IP:IS_NEW \"@eq 1\" \"id:4,phase:1,pass,nolog,setvar:ip.score=12\"\n",
    );
    let memory = RefCell::default();
    assert_eq!(visit(&rules, &memory, "192.0.2.1"), []);
    memory.borrow_mut().now_s = 9;
    assert_eq!(visit(&rules, &memory, "192.0.2.1"), []);
    memory.borrow_mut().now_s = 25;
    assert_eq!(visit(&rules, &memory, "192.0.2.1"), [2]);
    memory.borrow_mut().now_s = 1_000;
    assert_eq!(visit(&rules, &memory, "192.0.2.1"), [3]);
}

#[test]
fn a_session_has_an_id_and_a_broken_record_is_none() {
    let rules = rules(
        "SecAction \"id:1,phase:1,nolog,pass,setsid:%{REMOTE_ADDR},setvar:session.hits=+1\"\n\
         SecRule SESSIONID \"@streq 192.0.2.1\" \"id:2,phase:1,pass,log\"\n\
         SecRule SESSION:hits \"@gt 1\" \"id:3,phase:1,pass,log\"\n",
    );
    let memory = RefCell::new(Memory::default());
    assert_eq!(visit(&rules, &memory, "192.0.2.1"), [2]);
    assert_eq!(visit(&rules, &memory, "192.0.2.1"), [2, 3]);
    for (bytes, _) in memory.borrow_mut().records.values_mut() {
        bytes.truncate(5);
    }
    assert_eq!(visit(&rules, &memory, "192.0.2.1"), [2]);
}

#[test]
fn no_collection_is_opened_by_what_a_message_or_a_response_does_not_know() {
    let rules = rules(
        "SecAction \"id:1,phase:1,nolog,pass,initcol:ip=%{REMOTE_ADDR},setvar:ip.hits=+1\"\n\
         SecAction \"id:2,phase:1,nolog,pass,initcol:global=all,setvar:global.hits=+1\"\n\
         SecAction \"id:3,phase:3,nolog,pass,initcol:user=%{REMOTE_ADDR},setvar:user.hits=+1\"\n\
         SecAction \"id:4,phase:3,nolog,pass,initcol:resource=%{RESPONSE_STATUS}_%{REQUEST_FILENAME},setvar:resource.hits=+1\"\n",
    );
    let kept = |memory: &RefCell<Memory>| {
        let mut kept: Vec<String> =
            memory.borrow().records.keys().map(|(collection, key)| format!("{collection}:{key}")).collect();
        kept.sort();
        kept
    };
    let memory = RefCell::default();
    let mut message = Transaction::new(&rules, Mode::Block).with_records(Box::new(Shared(&memory)));
    assert_eq!(message.chat_message("Hello"), Outcome::Pass);
    message.log();
    assert_eq!(kept(&memory), ["global:all"]);

    let memory = RefCell::default();
    let mut response = Transaction::new(&rules, Mode::Block).with_records(Box::new(Shared(&memory)));
    response.answered_request(&AnsweredRequest { method: "GET", path: "/a", unique_id: "1" });
    assert_eq!(response.response_head(200, &[]), Outcome::Pass);
    response.log();
    assert_eq!(kept(&memory), ["resource:200_/a"]);
}
