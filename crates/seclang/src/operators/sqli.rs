//! `@detectSQLi`, by libinjection, for the values that could be SQL at all.
//!
//! libinjection reads a value as SQL, folds it to at most five tokens and looks the result up among 8,367 known bad
//! ones. Tokenising costs microseconds, and most values are plain words. Every known bad result holds a token that comes
//! from a mark of SQL or from a word of it, so a value with neither is not read; a property test holds libinjection to
//! that.

use crate::bytes::Kinds;

/// Marks that plain text lacks: strings, groups, statements, comments, variables, logic.
const MARKS: Kinds = Kinds::of(b"'\"()[]{};@#$`\\&|\0\x01\x0b").and(Kinds::of(&[0xa0]));

/// The first words (up to a digit) of what libinjection takes for statements, unions, expressions, types, collations,
/// logic, keywords and variables, sorted.
const WORDS: [&str; 285] = [
    "_armscii", "_ascii", "_big", "_binary", "_cp", "_dec", "_eucjpms", "_euckr", "_gb", "_gbk", "_geostd",
    "_greek", "_hebrew", "_hp", "_keybcs", "_koi", "_latin", "_macce", "_macroman", "_sjis", "_swe", "_tis",
    "_ujis", "_usc", "_utf", "abort", "accessible", "against", "all_users", "alter", "analyze", "and",
    "anyarray", "anyelement", "anynonarry", "as", "asc", "asensitive", "at", "autoincrement", "before",
    "begin", "bigint", "bigserial", "binary", "blob", "boolean", "both", "bytea", "call", "cascade", "case",
    "change", "character", "collate", "column", "condition", "constraint", "continue", "count_big",
    "create", "cross", "cstring", "current", "current_date", "current_path", "current_server",
    "current_time", "current_timestamp", "current_timezone", "current_user", "cursor", "databases",
    "day_hour", "day_microsecond", "day_minute", "day_second", "dec", "decimal", "declare", "default",
    "delay", "delayed", "delete", "desc", "describe", "deterministic", "distinct", "distinctrow", "double",
    "drop", "each", "else", "elseif", "enclosed", "escaped", "except", "exec", "execute", "exit", "explain",
    "fetch", "float", "for", "force", "foreign", "from", "full", "fulltext", "function", "go", "goto",
    "grant", "group", "handler", "having", "high_priority", "hour_microsecond", "hour_minute",
    "hour_second", "ignore", "in", "index", "infile", "inner", "inout", "insensitive", "insert", "int",
    "integer", "intersect", "interval", "into", "iterate", "join", "keys", "kill", "leading", "leave",
    "left", "limit", "linear", "lines", "load", "localtime", "localtimestamp", "lock", "longblob",
    "longtext", "loop", "low_priority", "master_bind", "master_ssl_verify_server_cert", "match", "maxvalue",
    "mediumblob", "mediumint", "mediumtext", "merge", "middleint", "minute_microsecond", "minute_second",
    "modifies", "money", "natural", "next", "no_write_to_binlog", "not", "notnull", "nowait", "null",
    "numeric", "offset", "oid", "one_shot", "open", "optimize", "option", "optionally", "or", "order",
    "outfile", "own", "partition", "precision", "previous", "primary", "print", "procedure", "purge",
    "raiseerror", "range", "read", "read_write", "reads", "real", "references", "regclass", "regconfig",
    "regdictionary", "regoper", "regoperator", "regproc", "regprocedure", "regtype", "release", "rename",
    "repeat", "replace", "require", "resignal", "restrict", "return", "revoke", "right", "schema",
    "schemas", "second_microsecond", "select", "sensitive", "separator", "serial", "set", "shutdown",
    "signal", "similar", "smallint", "smallserial", "spatial", "specific", "sql", "sql_big_result",
    "sql_buffer_result", "sql_cache", "sql_calc_found_rows", "sql_no_cache", "sql_small_result",
    "sqlexception", "sqlstate", "sqlwarning", "ssl", "starting", "straight_join", "syscolumns",
    "sysobjects", "sysusers", "terminated", "text", "then", "time", "timestamp", "tinyblob", "tinyint",
    "tinytext", "top", "trigger", "try", "undo", "uni_on", "union", "unknown", "unlock", "unsigned",
    "update", "usage", "use", "utc_date", "utc_time", "utc_timestamp", "values", "varbinary", "varchar",
    "varcharacter", "varying", "void", "wait", "waitfor", "when", "where", "while", "with", "xor",
    "xp_execresultset", "year_month", "zerofill",
];
const WORD_BYTES_MAX: usize = 32;

/// Where the words of each first byte from `_` to `z` begin, and where the last end.
const STARTS: [usize; 29] = {
    let mut starts = [WORDS.len(); 29];
    let mut index = WORDS.len();
    while index > 0 {
        index -= 1;
        starts[bucket(WORDS[index].as_bytes()[0])] = index;
    }
    // A letter without words begins where the next one does.
    let mut letter = 28;
    while letter > 0 {
        letter -= 1;
        if starts[letter] > starts[letter + 1] {
            starts[letter] = starts[letter + 1];
        }
    }
    starts
};

const fn bucket(first: u8) -> usize {
    (first - b'_') as usize
}

/// SQL injection.
pub(crate) fn is_sqli(value: &[u8]) -> bool {
    may_be_sql(value) && libinjectionrs::SqliState::new(value, libinjectionrs::SqliFlags::FLAG_NONE).detect()
}

fn may_be_sql(value: &[u8]) -> bool {
    if Kinds::scan(value).meets(MARKS) {
        return true;
    }
    let mut at = 0;
    while at < value.len() {
        match value[at] {
            byte if byte.is_ascii_alphabetic() || byte == b'_' => {
                let length = word_length(&value[at..]);
                let word = &value[at..at + length];
                // A number may lend its last letter to the word: `1e`, `1f`.
                let after_digit = at > 0 && value[at - 1].is_ascii_digit();
                if is_sql_word(word) || (after_digit && is_sql_word(&word[1..])) {
                    return true;
                }
                at += length;
            }
            b'0' if matches!(value.get(at + 1), Some(b'x' | b'X' | b'b' | b'B')) => return true,
            mark @ (b'-' | b'/') => {
                let comment = if mark == b'-' { b'-' } else { b'*' };
                if value.get(at + 1) == Some(&comment) {
                    return true;
                }
                at += 1;
            }
            _ => at += 1,
        }
    }
    false
}

fn word_length(rest: &[u8]) -> usize {
    rest.iter().take_while(|b| b.is_ascii_alphabetic() || **b == b'_').count()
}

fn is_sql_word(word: &[u8]) -> bool {
    let mut lower = [0; WORD_BYTES_MAX];
    if word.len() < 2 || word.len() > WORD_BYTES_MAX {
        return false;
    }
    let lower = &mut lower[..word.len()];
    lower.copy_from_slice(word);
    lower.make_ascii_lowercase();
    let bucket = bucket(lower[0]);
    WORDS[STARTS[bucket]..STARTS[bucket + 1]].iter().any(|known| known.as_bytes() == &*lower)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn by_libinjection(value: &[u8]) -> bool {
        libinjectionrs::detect_sqli(value).is_injection()
    }

    #[test]
    fn words_are_sorted_and_found() {
        assert!(WORDS.is_sorted());
        for word in WORDS {
            assert!(is_sql_word(word.to_ascii_uppercase().as_bytes()), "{word}");
        }
        assert!(!is_sql_word(b"manga") && !is_sql_word(b"_") && !is_sql_word(b"zzz"));
    }

    #[test]
    fn libinjection_knows_the_simple_vectors() {
        for attack in [
            "1' OR '1'='1",
            "1 UNION SELECT username, password FROM users--",
            "' or 1=1#",
            "1; DROP TABLE users",
            "admin'--",
            "1 AND SLEEP(5)",
            "1 or 1=1",
            "x' AND extractvalue(1,concat(0x7e,version()))-- -",
            "\" or \"a\"=\"a",
        ] {
            assert!(is_sqli(attack.as_bytes()), "{attack}");
        }
        for innocent in ["O'Brien", "one piece", "SELECT a gift from the drop-down", "/series/one-piece", "漫画", "a=b"] {
            assert!(!is_sqli(innocent.as_bytes()), "{innocent}");
        }
    }

    /// Pieces of plain text and of SQL without its marks.
    fn piece() -> impl Strategy<Value = String> {
        prop_oneof![
            prop::sample::select(WORDS.to_vec()).prop_map(str::to_owned),
            prop::sample::select(vec![
                " ", " ", " ", ".", ",", ":", "?", "!", "-", "+", "*", "/", "=", "<", ">", "%", "^", "~", "\n", "\t", "_", "é", "漫",
                "1", "0", "23", "1e", "1f", "0x", "0b1", "e5", "concat", "user", "sleep", "like", "is", "true", "n", "x", "u", "q",
            ]).prop_map(str::to_owned),
            "[a-z]{1,6}",
            "[0-9]{1,3}[a-f]?",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn what_cannot_be_sql_is_none_to_libinjection(pieces in prop::collection::vec(piece(), 0..12)) {
            let text = pieces.concat();
            if !may_be_sql(text.as_bytes()) {
                prop_assert!(!by_libinjection(text.as_bytes()), "{text:?}");
            }
        }

        #[test]
        fn without_words_of_sql_there_is_none(text in "[ a-z0-9.,:?!+*/=<>%^~_-]{0,40}") {
            if !may_be_sql(text.as_bytes()) {
                prop_assert!(!by_libinjection(text.as_bytes()), "{text:?}");
            }
        }
    }
}
