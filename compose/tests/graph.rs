//! Compositions of components that do nothing: what is joined to what, and what is refused.

use compose::graph::compose;
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve};

const HTTP: &str = "package wasi:http@0.3.0; interface handler { handle: func(); }";
const EDGE: &str = "package mangaassist:edge@0.1.0;
    interface turn-filter { on-turn: func() -> u32; }
    interface clock { now-ms: func() -> u64; }
    interface keys { mac: func() -> u64; }";

/// A component of this world that traps whatever is called.
fn component(world: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    resolve.push_str("http.wit", HTTP).expect("the package is WIT");
    resolve.push_str("edge.wit", EDGE).expect("the package is WIT");
    let text = format!("package test:part@0.1.0; world part {{ {world} }}");
    let package = resolve.push_str("part.wit", &text).expect("the world is WIT");
    let world = resolve.select_world(&[package], None).expect("there is one world");
    let mut module = dummy_module(&resolve, world, ManglingAndAbi::Legacy(LiftLowerAbi::Sync));
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .expect("the module takes its world");
    let encoder = ComponentEncoder::default().validate(true).module(&module);
    encoder.and_then(|mut encoder| encoder.encode()).expect("the module becomes a component")
}

fn entry(import: &str) -> Vec<u8> {
    component(&format!(
        "import {import}: interface {{ on-turn: func() -> u32; }} export wasi:http/handler@0.3.0;"
    ))
}

fn services() -> Vec<u8> {
    component("export mangaassist:edge/clock@0.1.0;")
}

fn filter(import: &str) -> Vec<(String, Vec<u8>)> {
    let world = format!("import mangaassist:edge/{import}@0.1.0; export mangaassist:edge/turn-filter@0.1.0;");
    vec![("faq".to_owned(), component(&world))]
}

fn refusal(entry: Vec<u8>, filters: Vec<(String, Vec<u8>)>) -> String {
    format!("{:#}", compose(entry, services(), filters).expect_err("the composition is refused"))
}

#[test]
fn an_entry_its_filter_and_the_services_become_one_component_that_imports_nothing() {
    let composed = compose(entry("faq-turn"), services(), filter("clock")).unwrap();
    let mut types = wac_graph::types::Types::default();
    let package = wac_graph::types::Package::from_bytes("test:shop", None, composed, &mut types).unwrap();
    let world = &types[package.ty()];
    assert_eq!(world.imports.keys().collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!(world.exports.keys().collect::<Vec<_>>(), ["wasi:http/handler@0.3.0"]);
}

#[test]
fn a_filter_gets_nothing_that_the_services_have_not() {
    let refusal = refusal(entry("faq-turn"), filter("keys"));
    assert!(refusal.contains("`faq`") && refusal.contains("mangaassist:edge/keys@0.1.0"), "{refusal}");
}

#[test]
fn an_entry_is_not_composed_without_a_filter_that_it_calls() {
    let refusal = refusal(entry("waf-turn"), filter("clock"));
    assert!(refusal.contains("waf-turn") && refusal.contains("no such filter"), "{refusal}");
}

#[test]
fn an_entry_that_imports_what_is_no_phase_is_refused() {
    let refusal = refusal(entry("faq-dance"), filter("clock"));
    assert!(refusal.contains("faq-dance"), "{refusal}");
}

#[test]
fn what_is_no_component_is_named() {
    let refusal = refusal(b"no component".to_vec(), filter("clock"));
    assert!(refusal.contains("entry"), "{refusal}");
}

#[test]
fn a_filter_that_the_entry_does_not_call_is_not_left_out_in_silence() {
    let mut filters = filter("clock");
    filters.push(("new".to_owned(), filters[0].1.clone()));
    let refusal = refusal(entry("faq-turn"), filters);
    assert!(refusal.contains("`new`"), "{refusal}");
}
