//! The words that libinjection knows, and how to tell most others from them without comparing.

/// Longest of the words, and of what is looked up among them, in bytes.
pub(super) const WORD_BYTES_MAX: usize = 32;

/// Words, sorted, with what tells most others apart.
pub(super) struct Words {
    list: &'static [&'static str],
    /// Where the words of each first byte from `_` to `z` begin, and where the last end.
    starts: [usize; 29],
    /// By first byte and length: which last bytes there are, as bits.
    lasts: [[u32; WORD_BYTES_MAX + 1]; 28],
}

impl Words {
    const fn new(list: &'static [&'static str]) -> Words {
        Words { list, starts: starts(list), lasts: lasts(list) }
    }

    /// Whether the word is one of these, in any case.
    pub(super) fn contain(&self, word: &[u8]) -> bool {
        let (Some(first), Some(last)) = (word.first(), word.last()) else { return false };
        let (Some(first), Some(last)) = (bucket(*first), bucket(*last)) else { return false };
        if first == DIGIT || word.len() > WORD_BYTES_MAX || self.lasts[first][word.len()] >> last & 1 == 0 {
            return false;
        }
        self.list[self.starts[first]..self.starts[first + 1]]
            .iter()
            .any(|known| known.as_bytes().eq_ignore_ascii_case(word))
    }
}

/// The bucket of a digit, with which some words end and none begins.
const DIGIT: usize = 28;

/// `_` and the letters of either case, from 0 to 27, then digits.
const fn bucket(byte: u8) -> Option<usize> {
    match byte {
        b'_' => Some(0),
        b'a'..=b'z' => Some((byte - b'_') as usize),
        b'A'..=b'Z' => Some((byte - b'A' + 2) as usize),
        b'0'..=b'9' => Some(DIGIT),
        _ => None,
    }
}

const fn starts(words: &[&str]) -> [usize; 29] {
    let mut starts = [words.len(); 29];
    let mut index = words.len();
    while index > 0 {
        index -= 1;
        if let Some(bucket) = bucket(words[index].as_bytes()[0]) {
            starts[bucket] = index;
        }
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

const fn lasts(words: &[&str]) -> [[u32; WORD_BYTES_MAX + 1]; 28] {
    let mut lasts = [[0; WORD_BYTES_MAX + 1]; 28];
    let mut index = 0;
    while index < words.len() {
        let word = words[index].as_bytes();
        if let (Some(first), Some(last)) = (bucket(word[0]), bucket(word[word.len() - 1])) {
            lasts[first][word.len()] |= 1 << last;
        }
        index += 1;
    }
    lasts
}

/// The first words (up to a digit) of what libinjection takes for statements, unions, expressions, types, collations,
/// logic, keywords and variables, sorted.
pub(super) static SQL: Words = Words::new(SQL_WORDS);

/// The first words of the rest of what libinjection knows by name (functions, operators, character sets), sorted.
pub(super) static OTHER: Words = Words::new(OTHER_WORDS);

#[rustfmt::skip]
const SQL_WORDS: &[&str] = &[
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

#[rustfmt::skip]
const OTHER_WORDS: &[&str] = &[
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

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The words of [`SQL`], for tests that write with them.
    pub(in super::super) const ALL: &[&str] = SQL_WORDS;

    #[test]
    fn words_are_sorted_and_found_in_any_case() {
        for (words, list) in [(&SQL, SQL_WORDS), (&OTHER, OTHER_WORDS)] {
            assert!(list.is_sorted());
            for word in list {
                assert!(
                    words.contain(word.as_bytes()) && words.contain(word.to_ascii_uppercase().as_bytes()),
                    "{word}"
                );
            }
        }
        for other in ["manga", "_", "zzz", "", "1", "select1", "sel", "\u{e9}"] {
            assert!(!SQL.contain(other.as_bytes()), "{other}");
        }
    }
}
