//! Composes a shop into one component: the entry, what the filters import, and the filters themselves, pre-initialised as the edge
//! publishes them, so that no request parses a rule.
#![forbid(unsafe_code)]

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Parser;
use compose::{graph, images};

#[derive(Parser)]
#[command(name = "shop-compose", about = "Composes a shop into one component", version)]
struct Arguments {
    /// The edge's configuration: its slots, their grants
    #[arg(long)]
    config: PathBuf,
    /// The folder with a folder for each filter
    #[arg(long)]
    filters: PathBuf,
    /// The component that the others are composed into
    #[arg(long)]
    entry: PathBuf,
    /// The component that has what filters import
    #[arg(long)]
    services: PathBuf,
    /// Where to write the composition
    #[arg(long)]
    out: PathBuf,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let read =
        |path: &PathBuf| std::fs::read(path).with_context(|| format!("cannot read {}", path.display()));
    let slots = images::slots(&arguments.config)?;
    let filters = images::of(&slots, &arguments.filters)?;
    let component = graph::compose(read(&arguments.entry)?, read(&arguments.services)?, filters)?;
    if let Some(folder) = arguments.out.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    // Beside and renamed, so that a build that is interrupted leaves no half of it.
    let beside = arguments.out.with_extension("new");
    std::fs::write(&beside, component).with_context(|| format!("cannot write {}", beside.display()))?;
    std::fs::rename(&beside, &arguments.out)
        .with_context(|| format!("cannot write {}", arguments.out.display()))
}
