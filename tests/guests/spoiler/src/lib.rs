//! The `spoiler` filter: tags a turn that asks how a story ends.

#![expect(unsafe_code, reason = "the generated exports are called through raw pointers")]

#[allow(clippy::all, reason = "generated; the contract is documented in wit/")]
mod bindings {
    wit_bindgen::generate!({
        inline: r#"
            package test:spoiler;
            world spoiler {
                import mangaassist:edge/settings@0.1.0;
                export init: func() -> result<_, string>;
                export mangaassist:edge/turn-filter@0.1.0;
            }
        "#,
        path: "../../../wit",
        world: "test:spoiler/spoiler",
        with: {
            "mangaassist:edge/types@0.1.0": guest::types,
            "mangaassist:edge/settings@0.1.0": guest::settings,
        },
    });
}

use bindings::Guest;
use bindings::exports::mangaassist::edge::turn_filter::{
    Guest as TurnFilter, Turn, TurnChanges, TurnVerdict,
};
use guest::types::Fact;

/// Settings of the filter.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Words that ask for an ending, in lower case.
    words: Vec<String>,
}

static SETTINGS: guest::State<Settings> = guest::State::new();

struct Spoiler;

impl Guest for Spoiler {
    // Runs once, at publication; what it keeps is part of the image. An error refuses the publication.
    fn init() -> Result<(), String> {
        let settings: Settings = guest::read_settings()?;
        if settings.words.is_empty() {
            return Err("settings.json: `words` is empty".into());
        }
        SETTINGS.set(settings);
        Ok(())
    }
}

impl TurnFilter for Spoiler {
    fn on_turn(turn: Turn) -> TurnVerdict {
        let text = turn.text.to_lowercase();
        let asks = SETTINGS.get().words.iter().any(|word| text.contains(word.as_str()));
        let facts = if asks { vec![Fact::Tag("spoiler".into())] } else { Vec::new() };
        TurnVerdict::Next(TurnChanges { add_response_headers: Vec::new(), facts })
    }
}

bindings::export!(Spoiler with_types_in bindings);
