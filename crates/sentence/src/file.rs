//! The model's file: a header with the version of its form and a checksum, then the vocabulary, the embeddings and the layers in a
//! fixed order. Numbers are little-endian. `convert` writes it, [`crate::Model`] reads it.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// How a file begins. The last byte is the version of the form: another one is refused.
pub(crate) const MAGIC: [u8; 8] = *b"MiniLM\0\x01";
/// Bytes of the checksum: SHA-256 of all that follows it.
pub(crate) const CHECKSUM_BYTES: usize = 32;
/// Longest file. One has 23 MB.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// Why a model cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is no such file: set-up has not made it, or could not.
    #[error("there is no {}; `cargo xtask build` fetches and converts it", .0.display())]
    Missing(PathBuf),
    /// The file cannot be read.
    #[error("cannot read {}: {source}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no model of ours, of another version, or damaged.
    #[error("{} is no sentence model of this version: {what}. Remove it and run `cargo xtask build`", .path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
    },
}

/// The contents of a file, its checksum verified.
///
/// # Errors
/// There is none, it cannot be read, or it is not as it was written.
pub(crate) fn contents(path: &Path) -> Result<Vec<u8>, LoadError> {
    let unfit = |what| LoadError::Unfit { path: path.to_owned(), what };
    let bytes = read(path)?;
    let Some((magic, rest)) = bytes.split_first_chunk() else { return Err(unfit("it is too short")) };
    if *magic != MAGIC {
        return Err(unfit("it begins otherwise"));
    }
    let Some((checksum, content)) = rest.split_first_chunk::<CHECKSUM_BYTES>() else {
        return Err(unfit("it is too short"));
    };
    if Sha256::digest(content)[..] != checksum[..] {
        return Err(unfit("its checksum differs"));
    }
    let begin = bytes.len() - content.len();
    let mut bytes = bytes;
    bytes.drain(..begin);
    Ok(bytes)
}

fn read(path: &Path) -> Result<Vec<u8>, LoadError> {
    let file = match File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(LoadError::Missing(path.to_owned()));
        }
        opened => opened,
    };
    let mut bytes = Vec::new();
    let read = file.and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(&mut bytes));
    read.map_err(|source| LoadError::Unreadable { path: path.to_owned(), source })?;
    Ok(bytes)
}

/// Reads one part after the other.
pub(crate) struct Parts<'a>(pub(crate) &'a [u8]);

/// What is said of a file that ends too early.
pub(crate) const CUT_OFF: &str = "it is cut off";

impl<'a> Parts<'a> {
    fn take(&mut self, bytes: usize) -> Result<&'a [u8], &'static str> {
        let (part, rest) = self.0.split_at_checked(bytes).ok_or(CUT_OFF)?;
        self.0 = rest;
        Ok(part)
    }

    /// A text with its length before it.
    pub(crate) fn text(&mut self) -> Result<&'a str, &'static str> {
        let length = self.take(size_of::<u32>())?.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
        let length = usize::try_from(length).map_err(|_| CUT_OFF)?;
        std::str::from_utf8(self.take(length)?).map_err(|_| "its vocabulary is no text")
    }

    /// Numbers of a byte.
    pub(crate) fn bytes(&mut self, count: usize) -> Result<Vec<i8>, &'static str> {
        Ok(self.take(count)?.iter().map(|byte| byte.cast_signed()).collect())
    }

    /// Numbers of four bytes.
    pub(crate) fn floats(&mut self, count: usize) -> Result<Vec<f32>, &'static str> {
        let (floats, _) = self.take(count * size_of::<f32>())?.as_chunks();
        let floats: Vec<f32> = floats.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        if floats.iter().all(|x| x.is_finite()) { Ok(floats) } else { Err("a number in it is none") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model");
        std::fs::write(&path, bytes).unwrap();
        (folder, path)
    }

    fn written(content: &[u8]) -> Vec<u8> {
        [MAGIC.as_slice(), Sha256::digest(content).as_slice(), content].concat()
    }

    /// What is wrong with a file of these bytes.
    fn fault(bytes: &[u8]) -> &'static str {
        let (_folder, path) = file(bytes);
        match contents(&path) {
            Err(LoadError::Unfit { what, .. }) => what,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_was_written_is_read() {
        let (_folder, path) = file(&written(b"content"));
        assert_eq!(contents(&path).unwrap(), b"content");
    }

    #[test]
    fn a_missing_file_says_what_makes_it() {
        let error = contents(Path::new("/nowhere/model")).unwrap_err();
        assert!(matches!(error, LoadError::Missing(_)));
        assert!(error.to_string().contains("cargo xtask build"), "{error}");
    }

    #[test]
    fn a_damaged_file_is_refused() {
        let whole = written(b"content");
        let mut flipped = whole.clone();
        flipped[45] ^= 1;
        assert_eq!(fault(&flipped), "its checksum differs");
        assert_eq!(fault(&whole[..whole.len() - 1]), "its checksum differs");
        assert_eq!(fault(&whole[..20]), "it is too short");
        assert_eq!(fault(b""), "it is too short");
    }

    #[test]
    fn another_version_is_refused() {
        let mut bytes = written(b"content");
        bytes[7] += 1;
        assert_eq!(fault(&bytes), "it begins otherwise");
    }

    #[test]
    fn a_part_that_is_not_there_is_no_part() {
        let mut parts = Parts(&[3, 0, 0, 0, b'a', b'b', b'c', 0xff, 0, 0, 0x80, 0x3f, 0, 0, 0xc0, 0x7f]);
        assert_eq!(parts.text(), Ok("abc"));
        assert_eq!(parts.bytes(1), Ok(vec![-1]));
        assert_eq!(parts.floats(3), Err(CUT_OFF));
        assert_eq!(parts.floats(1), Ok(vec![1.0]));
        assert_eq!(parts.floats(1), Err("a number in it is none"));
        assert_eq!(Parts(&[9, 0, 0, 0, b'a']).text(), Err(CUT_OFF));
    }
}
