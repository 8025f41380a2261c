//! The composition: whose exports are whose imports.

use std::collections::HashMap;

use anyhow::{Context as _, anyhow, bail};
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, NodeId, PackageId};

/// What a composed shop exports (WASI 0.3).
const HANDLER: &str = "wasi:http/handler@0.3.0";
/// The contract's package; what has no function of its own among it is satisfied by types alone.
const CONTRACT: &str = "mangaassist:edge/";
/// The interfaces of the phases, by the ending of the entry's import.
const PHASES: &[(&str, &str)] =
    &[("-request", "mangaassist:edge/request-filter@0.1.0"), ("-turn", "mangaassist:edge/turn-filter@0.1.0")];

/// Composes the entry with the filters, which import from the services.
///
/// # Errors
/// One of them is no component, the entry imports a filter or phase that is not there or does not call one that is, or a filter something that the services have not.
pub fn compose(
    entry: Vec<u8>,
    services: Vec<u8>,
    filters: Vec<(String, Vec<u8>)>,
) -> anyhow::Result<Vec<u8>> {
    let mut graph = CompositionGraph::new();
    let services = register(&mut graph, "services", services)?;
    let services = (services, graph.instantiate(services));
    let mut slots = HashMap::new();
    for (name, image) in filters {
        let package = register(&mut graph, &name, image)?;
        let filter = graph.instantiate(package);
        for import in imports(&graph, package) {
            if !exports(&graph, services.0).contains(&import) {
                if is_types_alone(&import) {
                    continue;
                }
                bail!("filter `{name}` imports {import}, which the services have not");
            }
            let export = graph.alias_instance_export(services.1, &import)?;
            graph.set_instantiation_argument(filter, &import, export)?;
        }
        slots.insert(name, filter);
    }
    let package = register(&mut graph, "entry", entry)?;
    let entry = graph.instantiate(package);
    for import in imports(&graph, package) {
        if let Some(export) = phase_of(&mut graph, &slots, &import)? {
            graph.set_instantiation_argument(entry, &import, export)?;
        }
    }
    if let Some(name) = unused(&imports(&graph, package), slots.keys()) {
        bail!("the entry does not call filter `{name}`: nothing must be served without it");
    }
    let handler = graph.alias_instance_export(entry, HANDLER)?;
    graph.export(handler, HANDLER)?;
    graph.encode(EncodeOptions::default()).context("the composition is not valid")
}

/// The phase that the entry imports by this name: `waf-turn` is what slot `waf` says of turns. The interface of a phase by its own
/// name stands for its types, which are any filter's.
fn phase_of(
    graph: &mut CompositionGraph,
    slots: &HashMap<String, NodeId>,
    import: &str,
) -> anyhow::Result<Option<NodeId>> {
    if PHASES.iter().any(|(_, interface)| *interface == import) {
        let export = slots.values().find_map(|slot| graph.alias_instance_export(*slot, import).ok());
        return export.map(Some).ok_or_else(|| anyhow!("no filter has {import}"));
    }
    if import.contains(':') {
        // Of WASI, of Spin, or the contract's types: the host's.
        return Ok(None);
    }
    let phase = PHASES.iter().find_map(|(ending, phase)| Some((import.strip_suffix(ending)?, phase)));
    let (slot, phase) = phase.ok_or_else(|| anyhow!("the entry imports {import}, which is no phase"))?;
    let slot =
        slots.get(slot).ok_or_else(|| anyhow!("the entry imports {import}: there is no such filter"))?;
    Ok(Some(graph.alias_instance_export(*slot, phase)?))
}

/// A slot of which the entry imports no phase.
fn unused<'a>(imports: &[String], mut slots: impl Iterator<Item = &'a String>) -> Option<&'a String> {
    let is_called = |slot: &str| {
        PHASES
            .iter()
            .any(|(ending, _)| imports.iter().any(|import| import.strip_suffix(ending) == Some(slot)))
    };
    slots.find(|slot| !is_called(slot))
}

fn is_types_alone(import: &str) -> bool {
    import.starts_with(CONTRACT) && import.contains("/types@")
}

fn register(graph: &mut CompositionGraph, name: &str, bytes: Vec<u8>) -> anyhow::Result<PackageId> {
    let package = Package::from_bytes(&format!("shop:{name}"), None, bytes, graph.types_mut())
        .with_context(|| format!("{name} is no component"))?;
    Ok(graph.register_package(package)?)
}

fn imports(graph: &CompositionGraph, package: PackageId) -> Vec<String> {
    graph.types()[graph[package].ty()].imports.keys().cloned().collect()
}

fn exports(graph: &CompositionGraph, package: PackageId) -> Vec<String> {
    graph.types()[graph[package].ty()].exports.keys().cloned().collect()
}
