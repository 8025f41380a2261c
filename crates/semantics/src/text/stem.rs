//! A light English stemmer: inflection goes, most derivation stays. It is the first step of Porter's algorithm (1980)
//! with a few derivational endings that customers and shops use for the same thing (`payment`, `returnable`).
//!
//! Not for display: a stem need not be a word.

/// The stem of a lower-case word. Words with anything but ASCII letters, and words of three letters or fewer, are kept.
#[must_use]
pub fn stem(word: &str) -> String {
    let mut w = String::from(word);
    stem_in_place(&mut w);
    w
}

/// As [`stem`], without a new allocation.
pub fn stem_in_place(w: &mut String) {
    if let Ok(at) = IRREGULAR.binary_search_by_key(&w.as_str(), |&(form, _)| form) {
        w.replace_range(.., IRREGULAR[at].1);
        return;
    }
    if w.len() <= 3 || !w.bytes().all(|b| b.is_ascii_lowercase()) {
        return;
    }
    plural(w);
    past_and_gerund(w);
    derivation(w);
    final_letter(w);
}

fn plural(w: &mut String) {
    if w.ends_with("sses") {
        cut(w, 2);
    } else if w.ends_with("ies") {
        // ties, but policies → polici (as policy → polici below)
        cut(w, if w.len() > 4 { 2 } else { 1 });
    } else if w.ends_with("xes") || w.ends_with("ches") || w.ends_with("shes") {
        cut(w, 2);
    } else if w.ends_with('s') && !w.ends_with("ss") && !w.ends_with("us") && !w.ends_with("is") {
        cut(w, 1);
    }
}

fn past_and_gerund(w: &mut String) {
    let n = if w.ends_with("ing") {
        3
    } else if w.ends_with("ed") && !w.ends_with("eed") {
        2
    } else {
        return;
    };
    let rest = &w[..w.len() - n];
    if rest.len() < 2 || !has_vowel(rest) {
        return;
    }
    cut(w, n);
    let b = w.as_bytes();
    if b.len() == 2 && !is_vowel(b[1]) {
        // used → use
        w.push('e');
        return;
    }
    let doubled =
        b.len() > 2 && b[b.len() - 1] == b[b.len() - 2] && !matches!(b[b.len() - 1], b'l' | b's' | b'z');
    if doubled {
        cut(w, 1);
    } else if b.len() > 3 && w.ends_with("ll") {
        // cancelled and cancel; a short one such as fill keeps both
        if b.len() > 5 {
            cut(w, 1);
        }
    }
}

/// Forms that no rule finds: irregular verbs and plurals, small numbers as digits, the two spellings of English, and what is
/// left out when typing on a phone. Sorted.
#[rustfmt::skip]
const IRREGULAR: &[(&str, &str)] = &[
    ("addresses", "address"), ("am", "be"), ("are", "be"), ("authorised", "authoris"),
    ("authorized", "authoris"), ("been", "be"), ("began", "begin"), ("begun", "begin"), ("being", "be"),
    ("bent", "bend"), ("bought", "buy"), ("broke", "break"), ("broken", "break"), ("brought", "bring"),
    ("built", "build"), ("came", "come"), ("children", "child"), ("chose", "choose"), ("chosen", "choose"),
    ("color", "colour"), ("coming", "come"), ("countries", "countri"), ("dealt", "deal"),
    ("deliveries", "deliver"), ("delivery", "deliver"), ("did", "do"), ("does", "do"), ("doing", "do"),
    ("done", "do"), ("drawn", "draw"), ("drew", "draw"), ("dying", "die"), ("eight", "8"),
    ("fallen", "fall"), ("favorite", "favourit"), ("favorites", "favourit"), ("favourite", "favourit"),
    ("favourites", "favourit"), ("feet", "foot"), ("fell", "fall"), ("felt", "feel"), ("five", "5"),
    ("flew", "fly"), ("forgot", "forget"), ("forgotten", "forget"), ("found", "find"), ("four", "4"),
    ("fulfil", "fulfill"), ("gave", "give"), ("getting", "get"), ("given", "give"), ("goes", "go"),
    ("going", "go"), ("gone", "go"), ("gonna", "go"), ("got", "get"), ("gotten", "get"), ("grew", "grow"),
    ("grown", "grow"), ("had", "have"), ("has", "have"), ("having", "have"), ("heard", "hear"),
    ("held", "hold"), ("hid", "hide"), ("hidden", "hide"), ("hiding", "hide"), ("hows", "how"),
    ("hundred", "100"), ("im", "i"), ("is", "be"), ("ive", "i"), ("kept", "keep"), ("knew", "know"),
    ("known", "know"), ("left", "leave"), ("losing", "lose"), ("lost", "lose"), ("lying", "lie"),
    ("made", "make"), ("mailing", "mail"), ("meant", "mean"), ("men", "man"), ("met", "meet"),
    ("neighbor", "neighbour"), ("nine", "9"), ("organization", "organis"), ("paid", "pay"),
    ("paying", "pay"), ("people", "person"), ("personalised", "personalis"), ("personalized", "personalis"),
    ("program", "programm"), ("programme", "programm"), ("programmes", "programm"),
    ("programs", "programm"), ("r", "be"), ("ran", "run"), ("running", "run"), ("said", "say"),
    ("saw", "see"), ("seen", "see"), ("sent", "send"), ("seven", "7"), ("six", "6"), ("sold", "sell"),
    ("spent", "spend"), ("spoke", "speak"), ("spoken", "speak"), ("stole", "steal"), ("stolen", "steal"),
    ("taken", "take"), ("ten", "10"), ("thirty", "30"), ("thought", "think"), ("three", "3"),
    ("threw", "throw"), ("thrown", "throw"), ("told", "tell"), ("took", "take"), ("tore", "tear"),
    ("torn", "tear"), ("twelve", "12"), ("twenty", "20"), ("two", "2"), ("tying", "tie"), ("u", "you"),
    ("understood", "understand"), ("ur", "your"), ("used", "use"), ("uses", "use"), ("using", "use"),
    ("wanna", "want"), ("was", "be"), ("went", "go"), ("were", "be"), ("whats", "what"),
    ("wheres", "where"), ("withdrawn", "withdraw"), ("withdrew", "withdraw"), ("woke", "wake"),
    ("women", "woman"), ("won", "win"), ("wore", "wear"), ("worn", "wear"), ("written", "write"),
    ("wrote", "write"),
];

/// Endings that leave the meaning in place for questions to a shop, with the shortest stem they may leave.
const DERIVATIONS: [(&str, usize); 9] = [
    ("ments", 3),
    ("ment", 3),
    ("ability", 4),
    ("able", 4),
    ("ible", 4),
    ("llation", 5),
    ("ation", 4),
    ("ly", 4),
    ("ness", 4),
];

fn derivation(w: &mut String) {
    for (ending, min) in DERIVATIONS {
        if w.ends_with(ending) && w.len() - ending.len() >= min && has_vowel(&w[..w.len() - ending.len()]) {
            cut(w, ending.len());
            if ending == "llation" {
                // cancellation → cancel
                w.push('l');
            }
            return;
        }
    }
}

fn final_letter(w: &mut String) {
    let b = w.as_bytes();
    let n = b.len();
    if n > 3 && b[n - 1] == b'e' {
        cut(w, 1);
    } else if n > 2 && b[n - 1] == b'y' && !is_vowel(b[n - 2]) {
        w.pop();
        w.push('i');
    }
}

fn has_vowel(s: &str) -> bool {
    s.bytes().any(|b| is_vowel(b) || b == b'y')
}

const fn is_vowel(b: u8) -> bool {
    matches!(b, b'a' | b'e' | b'i' | b'o' | b'u')
}

fn cut(w: &mut String, n: usize) {
    w.truncate(w.len() - n);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inflections_of_a_word_share_its_stem() {
        for family in [
            &["return", "returns", "returned", "returning", "returnable"][..],
            &["ship", "ships", "shipped", "shipping", "shipment", "shipments"],
            &["cancel", "cancels", "cancelled", "canceled", "cancelling", "cancellation"],
            &["pay", "pays", "paying", "payment", "payments"],
            &["policy", "policies"],
            &["charge", "charges", "charged", "charging"],
            &["box", "boxes"],
            &["change", "changed", "changing"],
            &["use", "used", "using"],
        ] {
            let stems: Vec<String> = family.iter().map(|w| stem(w)).collect();
            assert!(stems.iter().all(|s| *s == stems[0]), "{family:?} → {stems:?}");
        }
    }

    #[test]
    fn different_words_keep_different_stems() {
        for (a, b) in
            [("police", "policy"), ("sign", "sing"), ("order", "older"), ("mission", "miss"), ("red", "read")]
        {
            assert_ne!(stem(a), stem(b));
        }
    }

    #[test]
    fn irregular_forms_are_sorted_and_share_their_stem() {
        assert!(IRREGULAR.windows(2).all(|w| w[0].0 < w[1].0));
        assert_eq!(stem("sent"), stem("sending"));
        assert_eq!(stem("bought"), stem("buys"));
        assert_eq!(stem("two"), "2");
    }

    #[test]
    fn short_foreign_and_numbered_words_are_kept() {
        for w in ["if", "bus", "2nd", "über", "", "s", "ing", "ed"] {
            assert_eq!(stem(w), w);
        }
    }
}
