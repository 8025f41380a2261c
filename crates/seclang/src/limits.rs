//! Every bound of the engine, by name.
//!
//! A request that exceeds one is never passed silently: the engine sets `INSPECTION_ERROR` (or `REQBODY_ERROR`, when a
//! body processor stopped) with a message, and rules decide.

/// Arguments kept per transaction, from query, form, multipart and JSON together. `SecArgumentsLimit` lowers or raises it.
pub const ARGUMENTS_MAX: usize = 1_000;
/// The highest value `SecArgumentsLimit` accepts.
pub const ARGUMENTS_LIMIT_MAX: usize = 20_000;
/// Headers kept per request or response.
pub const HEADERS_MAX: usize = 256;
/// Cookies kept per request.
pub const COOKIES_MAX: usize = 256;
/// Parts of a multipart body.
pub const MULTIPART_PARTS_MAX: usize = 256;
/// Header lines of one part of a multipart body.
pub const MULTIPART_PART_HEADERS_MAX: usize = 32;
/// Bytes of one header block of a part.
pub const MULTIPART_PART_HEADER_BYTES_MAX: usize = 8 * 1024;
/// The longest boundary RFC 2046 section 5.1.1 allows.
pub const MULTIPART_BOUNDARY_BYTES_MAX: usize = 70;
/// Nesting of a JSON body. `SecRequestBodyJsonDepthLimit` lowers or raises it.
pub const JSON_DEPTH_MAX: usize = 32;
/// The highest value `SecRequestBodyJsonDepthLimit` accepts.
pub const JSON_DEPTH_LIMIT_MAX: usize = 1_000;
/// Bytes of the name of one JSON member with its whole path.
pub const JSON_PATH_BYTES_MAX: usize = 1_024;
/// Bytes of a body that are inspected. `SecRequestBodyLimit` and `SecResponseBodyLimit` lower or raise it.
pub const BODY_BYTES_MAX: usize = 256 * 1024;
/// The highest value the body limits accept.
pub const BODY_BYTES_LIMIT_MAX: usize = 4 * 1024 * 1024;
/// Bytes a transaction keeps: values, their transformations, captures.
pub const STORE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Distinct values (raw and transformed) a transaction keeps.
pub const STORE_VALUES_MAX: usize = 100_000;
/// Bytes a transaction may look at in all (transformations, scans, operators) before it stops inspecting and says so. A byte takes two
/// to five nanoseconds, in a component twice that: with the Core Rule Set at paranoia level 1 the worst body of 128 KiB that is known
/// comes to 6 MiB, JSON of 64 KiB as applications send it to 4 MiB.
pub const WORK_BYTES_MAX: u64 = 12 * 1024 * 1024;
/// Bytes of work charged per operator or transformation call, so that many tiny values are bounded too.
pub const WORK_BYTES_PER_CALL: u64 = 32;
/// Tokens of SQL that a transaction may read in all (`@detectSQLi`), beyond which it says that it did not finish. A token costs about
/// a quarter of a microsecond, and a value that is no attack has fewer than ten.
pub const SQL_TOKENS_MAX: usize = 16_000;
/// Bytes of work charged per token of SQL: what else could be looked at in its time.
pub const SQL_TOKEN_WORK_BYTES: usize = 48;
/// How much more work a byte is where the groups of a match are found than where it is looked at.
pub const CAPTURE_WORK_FACTOR: usize = 4;
/// Decoded views a transaction makes (`SecInspectDecoded`).
pub const DECODED_VIEWS_MAX: usize = 1_024;
/// Bytes of all decoded views of a transaction.
pub const DECODED_BYTES_MAX: usize = 1024 * 1024;
/// Bytes of a value that is looked at for an encoding: no body is longer, nor is any header.
pub const DECODED_VALUE_BYTES_MAX: usize = BODY_BYTES_LIMIT_MAX;
/// How often a value is decoded: base64 of an escaped text is two.
pub const DECODED_ROUNDS_MAX: usize = 2;
/// Content encodings of one body.
pub const CODINGS_MAX: usize = 2;
/// How many times longer than it was a body may become by one inflation, which compresses no text that anyone writes so far.
pub const INFLATION_RATIO_MAX: usize = 200;
/// Bytes that a body may have after inflation whatever the ratio: short texts of one letter are no bomb.
pub const INFLATION_FREE_BYTES: usize = 16 * 1024;
/// Captured groups of one regex (`TX:0` to `TX:9`).
pub const CAPTURES_MAX: usize = 10;
/// Bytes of one capture kept in `TX:n`.
pub const CAPTURE_BYTES_MAX: usize = 4 * 1024;
/// Bytes of matched text in a [`crate::Match`].
pub const MATCHED_BYTES_MAX: usize = 256;
/// Bytes of a message or log data after macro expansion.
pub const EXPANDED_BYTES_MAX: usize = 4 * 1024;
/// Variables that rules may set at run time under names that are not written in the rules.
pub const DYNAMIC_VARIABLES_MAX: usize = 512;
/// Bytes of a stored collection ([`crate::Records`]); what does not fit is not stored.
pub const RECORD_BYTES_MAX: usize = 4_096;
/// Bytes of a stored collection's key; a longer one, and one that is not UTF-8, is stored under its digest.
pub const RECORD_KEY_BYTES_MAX: usize = 200;
/// Seconds a stored collection lasts. `SecCollectionTimeout` lowers or raises it.
pub const COLLECTION_TIMEOUT_S: u32 = 3_600;
/// The highest value `SecCollectionTimeout` accepts.
pub const COLLECTION_TIMEOUT_S_MAX: u32 = 604_800;
/// Matches kept per transaction; the rest are counted, not kept.
pub const MATCHES_MAX: usize = 256;
/// `MATCHED_VARS` kept for one chain.
pub const MATCHED_VARS_MAX: usize = 256;
/// Transformations of one rule.
pub const TRANSFORMATIONS_MAX: usize = 16;
/// Links of one chain.
pub const CHAIN_LINKS_MAX: usize = 16;
/// Targets of one rule.
pub const TARGETS_MAX: usize = 64;
/// Rules of one set.
pub const RULES_MAX: usize = 20_000;
/// Bytes of one rule file.
pub const SOURCE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Errors reported for one compilation.
pub const ERRORS_MAX: usize = 200;
/// Bytes of the offending text shown in an error.
pub const ERROR_TEXT_BYTES_MAX: usize = 80;
/// Heap bytes of one compiled regex program.
pub const REGEX_PROGRAM_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Bytes of the lazy DFA cache of one regex. It fills as far as inputs demand, so the sum over a rule set is far less.
pub const REGEX_CACHE_BYTES_MAX: usize = 512 * 1024;
/// Nesting of a regex.
pub const REGEX_NESTING_MAX: u32 = 128;
/// Phrases of one `@pm` or `@pmFromFile`.
pub const PHRASES_MAX: usize = 50_000;
