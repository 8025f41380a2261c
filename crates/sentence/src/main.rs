//! The sentence model's program: makes its file, and turns lines into vectors.
#![forbid(unsafe_code)]

use std::io::{BufRead as _, BufWriter, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use sentence::Model;

#[derive(Parser)]
#[command(name = "sentence", about = "Sentence vectors from all-MiniLM-L6-v2", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make the model's file from the published `model.safetensors` and `vocab.txt`
    Convert {
        /// The folder of the published files
        #[arg(long)]
        from: PathBuf,
        /// The file to write
        #[arg(long)]
        to: PathBuf,
    },
    /// Read texts from standard input, one a line, and print the vector of each as a JSON array
    Embed {
        /// The model's file
        #[arg(long)]
        model: PathBuf,
    },
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Convert { from, to } => convert(&from, &to),
        Command::Embed { model } => embed(&model),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sentence: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn convert(from: &std::path::Path, to: &std::path::Path) -> anyhow::Result<()> {
    sentence::convert::convert(from, to)?;
    // What was written can be read.
    Model::load(to)?;
    println!("{}", to.display());
    Ok(())
}

fn embed(model: &std::path::Path) -> anyhow::Result<()> {
    let model = Model::load(model)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let vector = model.embed(&line.context("standard input is no text")?);
        // A float's shortest text that is read back as the same float is a JSON number.
        let numbers: Vec<String> = vector.as_slice().iter().map(f32::to_string).collect();
        writeln!(out, "[{}]", numbers.join(","))?;
    }
    out.flush()?;
    Ok(())
}
