//! What every memory has to do, run for the one there is.

use std::time::Duration;

use chat::internal::Exchange;
use chat::message::FeedbackPost;
use chat::{Language, Rating, Source, Usage};
use uuid::Uuid;

use super::{Beginning, Memory, MemoryError, Remembered, Session, SqliteMemory, Status, StoredTurn};
use crate::store::Place;

fn memory() -> SqliteMemory {
    SqliteMemory::open(&Place::Memory, 16, Duration::from_secs(5)).unwrap()
}

fn session(id: &str, owner: &str) -> Session {
    Session { id: id.into(), owner: owner.into(), now_ms: 1_000_000 }
}

fn guest(id: &str) -> Session {
    session(id, &format!("guest:{id}"))
}

fn turn(text: &str, at_ms: u64) -> StoredTurn {
    StoredTurn {
        id: Uuid::new_v4(),
        digest: Some(vec![1]),
        at_ms,
        text: text.into(),
        language: Language::En,
        said: vec!["So ".into(), "it is.".into()],
        source: Source::Extractive,
        cards: Vec::new(),
        citations: Vec::new(),
        usage: Usage::default(),
        status: Status::Complete,
    }
}

async fn begin(memory: &SqliteMemory, session: Session, id: Uuid) -> Result<Remembered, MemoryError> {
    memory.begin(session, Beginning { id, preceding: Vec::new(), recent_max: 10 }).await
}

#[tokio::test]
async fn a_turn_is_remembered_as_it_was_said() {
    let memory = memory();
    let told = turn("why?", 5);
    memory.record(guest("s"), told.clone()).await.unwrap();
    assert_eq!(begin(&memory, guest("s"), told.id).await.unwrap().same, Some(told));
}

#[tokio::test]
async fn only_a_failed_turn_is_replaced() {
    let memory = memory();
    let mut told = StoredTurn { status: Status::Failed, said: Vec::new(), ..turn("why?", 5) };
    memory.record(guest("s"), told.clone()).await.unwrap();
    assert!(memory.history(guest("s"), None, 10).await.unwrap().turns.is_empty());
    told = StoredTurn { status: Status::Complete, said: vec!["So.".into()], ..told };
    memory.record(guest("s"), told.clone()).await.unwrap();
    memory.record(guest("s"), StoredTurn { said: vec!["No.".into()], ..told.clone() }).await.unwrap();
    assert_eq!(memory.history(guest("s"), None, 10).await.unwrap().turns[0].answer, "So.");
}

#[tokio::test]
async fn history_pages_backwards_and_each_page_is_newest_last() {
    let memory = memory();
    for at in 0..5 {
        memory.record(guest("s"), turn(&at.to_string(), at / 2)).await.unwrap();
    }
    let mut pages = Vec::new();
    let mut before = None;
    loop {
        let page = memory.history(guest("s"), before, 2).await.unwrap();
        pages.push(page.turns.iter().map(|turn| turn.text.clone()).collect::<Vec<_>>());
        let Some(next) = page.next else { break };
        before = Some(next.parse().unwrap());
    }
    assert_eq!(pages, [vec!["3", "4"], vec!["1", "2"], vec!["0"]]);
}

#[tokio::test]
async fn a_customers_session_is_closed_to_everyone_else() {
    let memory = memory();
    begin(&memory, session("s", "C1"), Uuid::new_v4()).await.unwrap();
    for other in ["C2", "guest:s"] {
        let refused = begin(&memory, session("s", other), Uuid::new_v4()).await;
        assert!(matches!(refused, Err(MemoryError::NotYours)), "{other} came in");
    }
}

#[tokio::test]
async fn a_guest_keeps_earlier_turns_after_signing_in() {
    let memory = memory();
    begin(&memory, guest("old"), Uuid::new_v4()).await.unwrap();
    memory.record(guest("old"), turn("before", 1)).await.unwrap();
    let waiting = memory.hand_off(guest("old")).await.unwrap();
    for _ in 0..2 {
        memory.upgrade(session("new", "C1"), "old".into()).await.unwrap();
    }
    // One that was under way meanwhile
    memory.record(guest("old"), turn("meanwhile", 2)).await.unwrap();
    let turns = memory.history(session("new", "C1"), None, 10).await.unwrap().turns;
    assert_eq!(turns.iter().map(|turn| turn.text.as_str()).collect::<Vec<_>>(), ["before", "meanwhile"]);
    assert_eq!(memory.hand_off(session("new", "C1")).await.unwrap().id, waiting.id);
    assert!(matches!(begin(&memory, guest("old"), Uuid::new_v4()).await, Err(MemoryError::Moved)));
}

#[tokio::test]
async fn another_customers_session_is_not_taken_over() {
    let memory = memory();
    begin(&memory, session("hers", "C1"), Uuid::new_v4()).await.unwrap();
    for (taker, from) in [(session("his", "C2"), "hers"), (guest("g"), "hers")] {
        let refused = memory.upgrade(taker, from.into()).await;
        assert!(matches!(refused, Err(MemoryError::NotYours)));
    }
}

#[tokio::test]
async fn waiting_twice_keeps_the_place() {
    let memory = memory();
    let first = memory.hand_off(guest("a")).await.unwrap();
    let second = memory.hand_off(guest("b")).await.unwrap();
    assert_eq!((first.position, second.position), (0, 1));
    assert_eq!(memory.hand_off(guest("b")).await.unwrap(), second);
}

#[tokio::test]
async fn a_session_is_handed_over_from_its_request_for_a_person_until_that_is_gone() {
    let memory = memory();
    assert!(!memory.is_handed_over(guest("a")).await.unwrap());
    memory.hand_off(guest("a")).await.unwrap();
    assert!(memory.is_handed_over(guest("a")).await.unwrap());
    assert!(!memory.is_handed_over(guest("b")).await.unwrap());
    memory.upgrade(session("c", "C1"), "a".into()).await.unwrap();
    assert!(memory.is_handed_over(session("c", "C1")).await.unwrap());
    while memory.purge(u64::MAX).await.unwrap() > 0 {}
    assert!(!memory.is_handed_over(session("c", "C1")).await.unwrap());
}

#[tokio::test]
async fn what_is_too_old_is_deleted_and_nothing_else() {
    let memory = memory();
    for at in [10, 20, 30] {
        memory.record(guest("s"), turn(&at.to_string(), at)).await.unwrap();
    }
    let feedback = FeedbackPost { id: Uuid::new_v4(), rating: Rating::Up, comment: None };
    memory.feedback(Session { now_ms: 5, ..guest("gone") }, feedback).await.unwrap();
    // Two turns, the feedback and its session.
    assert_eq!(memory.purge(25).await.unwrap(), 4);
    assert_eq!(memory.purge(25).await.unwrap(), 0);
    assert_eq!(memory.history(guest("s"), None, 10).await.unwrap().turns.len(), 1);
}

#[tokio::test]
async fn an_edge_answer_from_the_future_does_not_outlive_its_time() {
    let memory = memory();
    let exchange = Exchange {
        id: Uuid::new_v4(),
        at_ms: u64::MAX,
        text: "hours?".into(),
        answer: "Nine to five.".into(),
        source: Source::FaqEdge,
        citations: Vec::new(),
    };
    for _ in 0..2 {
        memory.precede(guest("s"), vec![exchange.clone()]).await.unwrap();
    }
    let turns = memory.history(guest("s"), None, 10).await.unwrap().turns;
    assert_eq!(turns.len(), 1);
    assert_eq!(turns[0].at_ms, 1_000_000);
}
