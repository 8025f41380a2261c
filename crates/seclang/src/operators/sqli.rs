//! `@detectSQLi`, by libinjection, for the values that could be SQL at all.
//!
//! libinjection reads a value as SQL, folds it to at most five tokens and looks the result up among 8,367 known bad
//! ones. Tokenising costs microseconds, and most values are plain words. Every known bad result holds a token that comes
//! from a mark of SQL or from a word of it, so a value with neither is not read; a property test holds libinjection to
//! that.

use crate::bytes::Kinds;

/// Marks that plain text lacks: strings, groups, statements, comments, variables, logic.
const MARKS: Kinds = Kinds::of(b"'\"()[]{};@#$`\\&|\0\x01\x0b").and(Kinds::of(&[0xa0]));

/// What begins or ends a string, and the bracket libinjection treats apart.
const QUOTES: Kinds = Kinds::of(b"'\"`{\0");

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

/// The first words of the rest of what libinjection knows by name (functions, operators, character sets), sorted.
const OTHER_WORDS: [&str; 582] = [
    "_armscii8", "_big5", "_cp1250", "_cp1251", "_cp1257", "_cp850", "_cp852", "_cp866", "_cp932", "_dec8",
    "_gb2312", "_geostd8", "_hp8", "_keybcs2", "_koi8r", "_koi8u", "_latin1", "_latin2", "_latin5",
    "_latin7", "_swe7", "_tis620", "_usc2", "_utf8", "abs", "acos", "adddate", "addtime", "aes_decrypt",
    "aes_encrypt", "age", "any", "app_name", "applock_mode", "applock_test", "array_agg", "array_cat",
    "array_dim", "array_fill", "array_length", "array_lower", "array_ndims", "array_prepend",
    "array_to_json", "array_to_string", "array_upper", "ascii", "asin", "assemblyproperty", "asymkey_id",
    "atan", "atan2", "avg", "benchmark", "between", "bin", "binary_double_infinity", "binary_double_nan",
    "binary_float_infinity", "binary_float_nan", "binbinary", "bit_and", "bit_count", "bit_length",
    "bit_or", "bit_xor", "bool_and", "bool_or", "btrim", "by", "cast", "cbool", "cbrt", "cbyte", "ccur",
    "cdate", "cdbl", "ceil", "ceiling", "cert_id", "cert_property", "certencoded", "certprivatekey",
    "changes", "char", "char_length", "character_length", "charindex", "charset", "chdir", "chdrive",
    "check", "checksum_agg", "choose", "chr", "cint", "clng", "clock_timestamp", "coalesce", "coercibility",
    "col_length", "col_name", "collation", "collationproperty", "columnproperty", "columns_updated",
    "compress", "concat", "concat_ws", "connection_id", "conv", "convert", "convert_from", "convert_to",
    "convert_tz", "cos", "cot", "count", "crc32", "csng", "ctxsys", "cume_dist", "curdate", "curdir",
    "current_database", "current_query", "current_schema", "current_schemas", "current_setting",
    "currentuser", "currval", "cursor_status", "curtime", "cvar", "database", "database_principal_id",
    "databasepropertyex", "datalength", "date", "date_add", "date_format", "date_part", "date_sub",
    "date_trunc", "dateadd", "datediff", "datefromparts", "datename", "datepart", "dateserial",
    "datetime2fromparts", "datetimefromparts", "datetimeoffsetfromparts", "datevalue", "davg", "day",
    "dayname", "dayofmonth", "dayofweek", "dayofyear", "db_id", "db_name", "dbms_lock", "dbms_pipe",
    "dbms_utility", "dcount", "decode", "decryptbyasmkey", "decryptbycert", "decryptbykey",
    "decryptbykeyautocert", "decryptbypassphrase", "degrees", "dense_rank", "des_decrypt", "des_encrypt",
    "dfirst", "difference", "div", "dlast", "dlookup", "dmax", "dmin", "do", "dsum", "dual", "elt",
    "encode", "encrypt", "encryptbyasmkey", "encryptbycert", "encryptbykey", "encryptbypassphrase",
    "enum_first", "enum_last", "enum_range", "eomonth", "eqv", "eventdata", "exists", "exp", "export_set",
    "extract", "extract_value", "extractvalue", "false", "field", "file_id", "file_idex", "file_name",
    "filedatetime", "filegroup_id", "filegroup_name", "filegroupproperty", "filelen", "fileproperty",
    "filetoblob", "filetoclob", "find_in_set", "first_value", "float4", "float8", "floor",
    "fn_virtualfilestats", "format", "found_rows", "from_base64", "from_days", "from_unixtime",
    "fulltextcatalogproperty", "fulltextserviceproperty", "generate_series", "generate_subscripts",
    "get_bit", "get_byte", "get_format", "get_lock", "getattr", "getdate", "getutcdate", "greatest",
    "group_concat", "grouping", "grouping_id", "has_perms_by_name", "hashbytes", "hex", "host_name", "hour",
    "ident_current", "ident_incr", "ident_seed", "identify", "if", "iff", "ifnull", "iif", "index_col",
    "indexkey_property", "indexproperty", "inet_aton", "inet_ntoa", "initcap", "instr", "instrrev", "int1",
    "int2", "int3", "int4", "int8", "is", "is_free_lock", "is_member", "is_objectsigned", "is_rolemember",
    "is_srvrolemember", "is_used_lock", "isdate", "isempty", "isfinite", "isnull", "isnumeric", "json_keys",
    "julianday", "justify_days", "justify_hours", "justify_interval", "key_guid", "key_id", "lag",
    "last_insert_id", "last_insert_rowid", "last_value", "lastval", "lcase", "lead", "least", "length",
    "like", "ln", "load_extension", "load_file", "locate", "log", "log10", "log2", "lower", "lower_inc",
    "lower_inf", "lpad", "ltrim", "make_set", "makedate", "masklen", "master_pos_wait", "max", "md5",
    "microsecond", "mid", "min", "minute", "mkdir", "mod", "mode", "month", "monthname", "name_const",
    "netmask", "nextval", "now", "nth_value", "ntile", "nullif", "nz", "object_definition", "object_id",
    "object_name", "object_schema_name", "objectproperty", "objectpropertyex", "oct", "octet_length",
    "old_password", "opendatasource", "openquery", "openrowset", "openxml", "ord", "original_db_name",
    "original_login", "out", "outer", "overlaps", "overlay", "own3d", "parsename", "password", "pathindex",
    "patindex", "percent_rank", "percentile_count", "percentile_disc", "percentile_rank", "period_add",
    "period_diff", "permissions", "pg_advisory_lock", "pg_backend_pid", "pg_cancel_backend",
    "pg_client_encoding", "pg_conf_load_time", "pg_create_restore_point", "pg_has_role",
    "pg_is_in_recovery", "pg_is_other_temp_schema", "pg_listening_channels", "pg_ls_dir",
    "pg_my_temp_schema", "pg_postmaster_start_time", "pg_read_binary_file", "pg_read_file",
    "pg_reload_conf", "pg_rotate_logfile", "pg_sleep", "pg_start_backup", "pg_stat_file", "pg_stop_backup",
    "pg_switch_xlog", "pg_terminate_backend", "pg_trigger_depth", "pi", "position", "pow", "power",
    "publishingservername", "pwdcompare", "pwdencrypt", "quarter", "quote", "quote_ident", "quote_literal",
    "quote_nullable", "quotename", "radians", "rand", "random", "randomblob", "rank", "regexp",
    "regexp_instr", "regexp_matches", "regexp_replace", "regexp_split_to_array", "regexp_split_to_table",
    "regexp_substr", "release_lock", "replicate", "reverse", "rlike", "round", "row", "row_count",
    "row_number", "row_to_json", "rpad", "rtrim", "schama_name", "schema_id", "scope_identity",
    "sec_to_time", "serial2", "serial4", "serial8", "serverproperty", "session_user", "set_bit", "set_byte",
    "set_config", "set_masklen", "setattr", "setseed", "setval", "sha", "sha1", "sha2", "show", "sign",
    "signbyasmkey", "signbycert", "sin", "sleep", "smalldatetimefromparts", "some", "soundex", "sounds",
    "space", "split_part", "sql_variant_property", "sqlite_version", "sqrt", "statement_timestamp",
    "stats_date", "stddev", "stddev_pop", "stddev_samp", "str_to_date", "strcmp", "strcomp", "strconv",
    "string_agg", "string_to_array", "strpos", "stuff", "subdate", "substr", "substring", "substring_index",
    "subtime", "sum", "suser_id", "suser_name", "suser_sid", "suser_sname", "switchoffet", "sys", "sysdate",
    "sysdatetime", "sysdatetimeoffset", "system_user", "sysutcdatetme", "table", "tan", "tertiary_weights",
    "textpos", "textptr", "textvalid", "time_format", "time_to_sec", "timediff", "timefromparts",
    "timeofday", "timeserial", "timestampadd", "timevalue", "to_ascii", "to_base64", "to_char", "to_date",
    "to_days", "to_hex", "to_number", "to_seconds", "to_timestamp", "todatetimeoffset", "total",
    "total_changes", "trailing", "transaction_timestamp", "translate", "trigger_nestlevel", "trim", "true",
    "trunc", "truncate", "try_cast", "try_convert", "try_parse", "type_id", "type_name", "typeof",
    "typeproperty", "ucase", "uescape", "uncompress", "uncompress_length", "unhex", "unicode", "unique",
    "unix_timestamp", "unnest", "updatexml", "upper", "upper_inc", "upper_inf", "user", "user_id",
    "user_lock", "user_name", "using", "utl_http", "utl_inaddr", "uuid", "uuid_short", "var", "var_pop",
    "var_samp", "variance", "varp", "verifysignedbyasmkey", "verifysignedbycert", "version", "week",
    "weekday", "weekdayname", "weekofyear", "width_bucket", "xml_is_well_formed", "xmlagg", "xmlcomment",
    "xmlconcat", "xmlelement", "xmlexists", "xmlforest", "xmlformat", "xmlpi", "xmlroot", "xmltype",
    "xpath", "xpath_exists", "year", "yearweek", "zeroblob",
];

/// Where the words of each first byte from `_` to `z` begin, and where the last end.
const STARTS: [usize; 29] = starts(&WORDS);
const OTHER_STARTS: [usize; 29] = starts(&OTHER_WORDS);

const fn starts(words: &[&str]) -> [usize; 29] {
    let mut starts = [words.len(); 29];
    let mut index = words.len();
    while index > 0 {
        index -= 1;
        starts[bucket(words[index].as_bytes()[0])] = index;
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
}

const fn bucket(first: u8) -> usize {
    (first - b'_') as usize
}

/// SQL injection.
pub(crate) fn is_sqli(value: &[u8]) -> bool {
    may_be_sql(value) && libinjectionrs::SqliState::new(value, libinjectionrs::SqliFlags::FLAG_NONE).detect()
}

fn may_be_sql(value: &[u8]) -> bool {
    let kinds = Kinds::scan(value);
    if !kinds.meets(QUOTES) && begins_with_two_plain_words(value) {
        return false;
    }
    if kinds.meets(MARKS) {
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

/// No known bad result begins with two plain words, and what libinjection does to them changes neither. (A value with a
/// quote is also read as the end of a string, so its beginning says nothing; nor does it with a C comment, of which a
/// nested or conditional one is bad wherever it stands.)
fn begins_with_two_plain_words(value: &[u8]) -> bool {
    if crate::bytes::contains(value, b"/*") {
        return false;
    }
    let rest = value.trim_ascii_start();
    let Some(rest) = after_plain_word(rest) else { return false };
    let next = rest.trim_ascii_start();
    next.len() < rest.len()
        && after_plain_word(next).is_some_and(|rest| matches!(rest.first(), None | Some(b' ' | b'\t' | b'\n' | b',')))
}

/// What follows a word that means nothing to libinjection, alone or with the words after it.
fn after_plain_word(rest: &[u8]) -> Option<&[u8]> {
    let length = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    let word = &rest[..length];
    let plain = word.first().is_some_and(u8::is_ascii_alphabetic)
        && length < WORD_BYTES_MAX
        && !is_sql_word(word)
        && !is_among(word, &OTHER_WORDS, &OTHER_STARTS);
    plain.then(|| &rest[length..])
}

fn word_length(rest: &[u8]) -> usize {
    rest.iter().take_while(|b| b.is_ascii_alphabetic() || **b == b'_').count()
}

fn is_sql_word(word: &[u8]) -> bool {
    is_among(word, &WORDS, &STARTS)
}

fn is_among(word: &[u8], words: &[&str], starts: &[usize; 29]) -> bool {
    let mut lower = [0; WORD_BYTES_MAX];
    if word.is_empty() || word.len() > WORD_BYTES_MAX {
        return false;
    }
    let lower = &mut lower[..word.len()];
    lower.copy_from_slice(word);
    lower.make_ascii_lowercase();
    let bucket = bucket(lower[0]);
    let last = lower[lower.len() - 1];
    words[starts[bucket]..starts[bucket + 1]].iter().map(|known| known.as_bytes()).any(|known| {
        known.len() == lower.len() && known[known.len() - 1] == last && known == lower
    })
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
        assert!(WORDS.is_sorted() && OTHER_WORDS.is_sorted());
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
        fn what_begins_with_two_plain_words_is_no_sql(
            first in "[a-z]{1,8}", second in "[a-z]{1,8}[0-9]?", pieces in prop::collection::vec(piece(), 0..8),
            marks in prop::collection::vec(prop::sample::select(vec!["(", ")", ";", "#", "--", "/*", "*/", "@x", "{", "}", "\\", "||"]), 8),
        ) {
            let rest: String = pieces.iter().zip(marks).map(|(piece, mark)| format!("{piece}{mark}")).collect();
            let text = format!("{first} {second} {rest}");
            if begins_with_two_plain_words(text.as_bytes()) {
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
