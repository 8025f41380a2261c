//! What is said where a model's answer ends before its time.

use chat::Language;

/// The answer got too long, and ends after a whole sentence.
pub(super) const fn too_long(language: Language) -> &'static str {
    match language {
        Language::En => "\n\nThis is getting long, so I stop here: ask me to go on if you want more.",
        Language::Ja => {
            "\n\n長くなりましたので、ここまでにします。続きが必要でしたら、もう一度お尋ねください。"
        }
    }
}

/// Whoever wrote the answer failed, and someone else begins anew.
pub(super) const fn interrupted(language: Language) -> &'static str {
    match language {
        Language::En => "\n\n(The answer broke off there. What I have on record:)\n\n",
        Language::Ja => "\n\n(回答が途中で途切れました。手元の記録からお答えします。)\n\n",
    }
}

/// What was generated may not go on, or came to nothing, and the embedded answerer begins anew.
pub(super) const fn bridge(language: Language) -> &'static str {
    match language {
        Language::En => "\n\n(I leave it at that. What I have on record:)\n\n",
        Language::Ja => "\n\n(ここからは、手元の記録からお答えします。)\n\n",
    }
}

/// Nothing that was generated may be said.
pub(super) const fn apology(language: Language) -> &'static str {
    match language {
        Language::En => {
            "I cannot answer that from what I have on record. Write \"talk to a person\" and I will pass you on."
        }
        Language::Ja => {
            "手元の記録からはお答えできません。「担当者と話したい」とお書きいただければ、担当者におつなぎします。"
        }
    }
}
