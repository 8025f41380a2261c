//! Content encodings (RFC 9110 section 8.4), undone within bounds before anything reads a body.
//!
//! `gzip` (RFC 1952) and `deflate` (RFC 1950, and the bare RFC 1951 that some senders mean by it). Brotli and Zstandard are not
//! read: their windows may be larger than the memory of a whole call. What is not read is said to be so, never passed over.

use std::io::Read;

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use crate::engine::collections::Table;
use crate::engine::transaction::Transaction;
use crate::limits::{CODINGS_MAX, INFLATION_FREE_BYTES, INFLATION_RATIO_MAX};

/// What came out, and why that is not all.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::engine) struct Inflated {
    pub(in crate::engine) bytes: Vec<u8>,
    pub(in crate::engine) error: Option<&'static str>,
}

#[derive(Debug, Clone, Copy)]
enum Coding {
    Gzip,
    Deflate,
}

impl Transaction<'_> {
    /// The body without its content encodings; `None` when it has none.
    pub(in crate::engine) fn inflate(
        &self,
        headers: Table,
        body: &[u8],
        bytes_max: usize,
    ) -> Option<Inflated> {
        if body.is_empty() {
            return None;
        }
        let entries = self.collections.table(headers).iter();
        let named = entries.filter(|e| self.store.get(e.name).eq_ignore_ascii_case(b"content-encoding"));
        let tokens =
            named.flat_map(|entry| self.store.get(entry.value).split(|b| *b == b',')).map(<[u8]>::trim_ascii);
        let applied: Vec<&[u8]> = tokens
            .filter(|token| !token.is_empty() && !token.eq_ignore_ascii_case(b"identity"))
            .take(CODINGS_MAX + 1)
            .collect();
        (!applied.is_empty()).then(|| undo(&applied, body, bytes_max))
    }
}

/// Undoes encodings in the reverse of the order they were applied in, which is the order they are named in.
fn undo(applied: &[&[u8]], body: &[u8], bytes_max: usize) -> Inflated {
    let failed = |error| Inflated { bytes: Vec::new(), error: Some(error) };
    if applied.len() > CODINGS_MAX {
        return failed("a body encoded more often than is undone");
    }
    let mut current = Inflated { bytes: body.to_vec(), error: None };
    for (index, token) in applied.iter().enumerate().rev() {
        let Some(coding) = Coding::named(token) else {
            return failed("a content encoding that is not undone");
        };
        current = coding.undo(&current.bytes, bytes_max);
        // What is left of an inner stream says nothing.
        if let (Some(error), true) = (current.error, index > 0) {
            return failed(error);
        }
    }
    current
}

impl Coding {
    fn named(token: &[u8]) -> Option<Coding> {
        let is = |name: &str| token.eq_ignore_ascii_case(name.as_bytes());
        if is("gzip") || is("x-gzip") {
            return Some(Coding::Gzip);
        }
        is("deflate").then_some(Coding::Deflate)
    }

    fn undo(self, body: &[u8], bytes_max: usize) -> Inflated {
        let ratio_max = body.len().saturating_mul(INFLATION_RATIO_MAX).max(INFLATION_FREE_BYTES);
        let max = bytes_max.min(ratio_max);
        match self {
            Coding::Gzip => {
                let mut decoder = MultiGzDecoder::new(body);
                read(&mut decoder, max)
            }
            Coding::Deflate if is_zlib(body) => {
                let mut decoder = ZlibDecoder::new(body);
                let inflated = read(&mut decoder, max);
                whole(inflated, decoder.total_in(), body)
            }
            Coding::Deflate => {
                let mut decoder = DeflateDecoder::new(body);
                let inflated = read(&mut decoder, max);
                whole(inflated, decoder.total_in(), body)
            }
        }
    }
}

/// Whether a stream begins with the head of RFC 1950 section 2.2: a method, a window, and a check over both.
fn is_zlib(body: &[u8]) -> bool {
    matches!(body, [method, flags, ..] if method & 0x0f == 8 && (u16::from(*method) << 8 | u16::from(*flags)) % 31 == 0)
}

fn read(decoder: &mut impl Read, max: usize) -> Inflated {
    let mut bytes = Vec::new();
    let read = decoder.take(max as u64 + 1).read_to_end(&mut bytes);
    let error = match read {
        Ok(_) if bytes.len() > max => Some("a body that inflates beyond its bound"),
        Ok(_) => None,
        Err(_) => Some("a compressed body that is broken or cut off"),
    };
    bytes.truncate(max);
    Inflated { bytes, error }
}

/// What follows the stream would be read by nobody here, and perhaps by somebody else.
fn whole(mut inflated: Inflated, read: u64, body: &[u8]) -> Inflated {
    if inflated.error.is_none() && read < body.len() as u64 {
        inflated.error = Some("a compressed body with something after it");
    }
    inflated
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    fn bare(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    const TEXT: &[u8] = br#"{"q":"one piece"}"#;

    #[test]
    fn what_was_compressed_comes_out() {
        let plain = Inflated { bytes: TEXT.to_vec(), error: None };
        assert_eq!(undo(&[b"gzip"], &gzip(TEXT), 1_000), plain);
        assert_eq!(undo(&[b"X-GZip"], &gzip(TEXT), 1_000), plain);
        assert_eq!(undo(&[b"deflate"], &zlib(TEXT), 1_000), plain);
        assert_eq!(undo(&[b"deflate"], &bare(TEXT), 1_000), plain);
        assert_eq!(undo(&[b"deflate", b"gzip"], &gzip(&zlib(TEXT)), 1_000), plain);
        let halves = [gzip(&TEXT[..7]), gzip(&TEXT[7..])].concat();
        assert_eq!(undo(&[b"gzip"], &halves, 1_000), plain);
    }

    #[test]
    fn what_cannot_be_inflated_as_a_whole_is_an_error() {
        let cut = |bytes: Vec<u8>| bytes[..bytes.len() - 5].to_vec();
        let longer = |bytes: Vec<u8>| [bytes, b"more".to_vec()].concat();
        let cases: [(&[&[u8]], Vec<u8>); 11] = [
            (&[b"gzip"], cut(gzip(TEXT))),
            (&[b"deflate"], cut(zlib(TEXT))),
            (&[b"deflate"], cut(bare(TEXT))),
            (&[b"gzip"], longer(gzip(TEXT))),
            (&[b"deflate"], longer(zlib(TEXT))),
            (&[b"gzip"], TEXT.to_vec()),
            (&[b"deflate"], TEXT.to_vec()),
            (&[b"br"], TEXT.to_vec()),
            (&[b"zstd"], TEXT.to_vec()),
            (&[b"gzip", b"gzip", b"gzip"], gzip(&gzip(&gzip(TEXT)))),
            (&[b"gzip", b"gzip"], gzip(TEXT)),
        ];
        for (applied, body) in cases {
            assert!(undo(applied, &body, 1_000).error.is_some(), "{applied:?} {}", body.escape_ascii());
        }
    }

    #[test]
    fn a_bomb_is_left_at_its_bound() {
        let bomb = gzip(&vec![0; 50 * 1024 * 1024]);
        let found = undo(&[b"gzip"], &bomb, 128 * 1024);
        assert_eq!(found.error, Some("a body that inflates beyond its bound"));
        assert_eq!(found.bytes.len(), 128 * 1024);
        let small = gzip(&vec![b'a'; 100 * 1024]);
        assert_eq!(undo(&[b"gzip"], &small, 128 * 1024).bytes.len(), small.len() * INFLATION_RATIO_MAX);
        assert_eq!(
            undo(&[b"gzip", b"gzip"], &gzip(&bomb), 128 * 1024).error,
            Some("a body that inflates beyond its bound")
        );
    }
}
