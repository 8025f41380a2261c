//! English words so common everywhere that they say little about a question even when no phrasing has them. They are
//! content (unlike [stop words](super::is_stop_word)), but light.

/// Sorted, so that a look-up is a binary search.
#[rustfmt::skip]
pub(super) const LIGHT_WORDS: &[&str] = &[
    "again", "ago", "ahead", "all", "almost", "alone", "already", "alright", "although", "always", "among",
    "another", "anyhow", "anymore", "anyway", "anywhere", "apart", "appear", "around", "ask", "asked",
    "asking", "away", "awesome", "back", "bad", "basically", "because", "become", "before", "begin",
    "behind", "believe", "below", "best", "better", "between", "big", "bit", "both", "bring", "bunch",
    "came", "cause", "certain", "check", "chuck", "clear", "close", "come", "comes", "coming", "completely",
    "consider", "cos", "couple", "course", "coz", "curious", "currently", "day", "days", "dear", "decide",
    "decided", "definitely", "despite", "different", "directly", "down", "due", "during", "each", "early",
    "easily", "easy", "either", "else", "end", "ended", "enough", "especially", "etc", "even", "ever",
    "every", "everyone", "everything", "everywhere", "exact", "except", "expect", "expected", "far", "feel",
    "few", "figure", "fine", "first", "folks", "found", "full", "fully", "further", "gave", "generally",
    "getting", "given", "gives", "giving", "goes", "gone", "good", "gotta", "great", "guess", "guy", "guys",
    "half", "hand", "happen", "happened", "happening", "happens", "happy", "hear", "heard", "help",
    "helpful", "hope", "hoping", "however", "idea", "important", "included", "including", "info",
    "information", "inside", "instead", "interested", "issue", "keep", "keeps", "kind", "kinda", "knew",
    "know", "known", "lady", "last", "later", "least", "leave", "left", "less", "life", "little", "live",
    "long", "longer", "look", "looking", "looks", "lot", "lots", "love", "made", "mainly", "makes",
    "making", "many", "matter", "maybe", "mean", "means", "meant", "mention", "mentioned", "might", "mind",
    "minute", "minutes", "moment", "month", "months", "more", "morning", "most", "mostly", "moving", "much",
    "named", "near", "nearly", "never", "next", "nice", "night", "normal", "normally", "nothing", "now",
    "obviously", "occasion", "off", "often", "old", "once", "only", "onto", "other", "others", "otherwise",
    "out", "over", "own", "part", "particular", "past", "people", "perhaps", "person", "piece", "place",
    "plan", "planning", "plus", "point", "ppl", "pretty", "previous", "previously", "probably", "problem",
    "put", "putting", "question", "questions", "quite", "rather", "ready", "real", "realise", "realize",
    "recently", "regarding", "related", "right", "said", "same", "say", "saying", "says", "second", "see",
    "seem", "seems", "seen", "several", "show", "shows", "side", "similar", "simple", "simply", "since",
    "situation", "small", "somehow", "sometimes", "somewhere", "soon", "sort", "start", "started", "stay",
    "still", "stop", "straight", "stuff", "such", "suddenly", "suppose", "supposed", "sure", "take",
    "taken", "takes", "taking", "talk", "tell", "telling", "thank", "think", "thinking", "third", "though",
    "thought", "through", "thru", "till", "time", "times", "today", "together", "tomorrow", "tonight",
    "took", "total", "totally", "toward", "towards", "tried", "tries", "try", "trying", "turn", "turned",
    "two", "unless", "unsure", "until", "upon", "use", "used", "uses", "using", "usually", "various",
    "very", "via", "wait", "waiting", "walk", "wanted", "wants", "week", "weeks", "well", "went",
    "whatever", "whenever", "wherever", "whether", "while", "whole", "within", "without", "won", "wonder",
    "wondering", "word", "words", "work", "working", "works", "world", "worry", "worth", "wow", "wrote",
    "year", "years", "yep", "yes", "yesterday", "yet",
];

/// Whether an English word is content of little weight.
#[must_use]
pub fn is_light_word(word: &str) -> bool {
    word.len() <= 12 && LIGHT_WORDS.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_has_no_word_twice() {
        assert!(LIGHT_WORDS.windows(2).all(|w| w[0] < w[1]));
    }
}
