//! The cache of pre-initialised components, a file for each artifact, so that a start makes none of them anew. Each change of a filter,
//! its settings or its rules leaves one more, and nobody says which will be asked for again: the ones used last stay.

use std::cmp::Reverse;
use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// Most images that are kept. A shop has some slots, and goes back by some versions.
const IMAGES_MAX: usize = 256;
/// Most bytes of all of them, as much as wasmtime's own cache of compiled code has. One with the Core Rule Set in it has 12 MB.
const BYTES_MAX: u64 = 512 << 20;
/// A file that was to be renamed and is older than this was left by a process that ended in the middle.
const UNFINISHED: Duration = Duration::from_secs(3_600);
/// What an image's name ends with, after the artifact's digest.
const IMAGE: &str = ".image.wasm";
/// What the name of a file ends with that is still being written.
const NEW: &str = ".new";

/// The folder that the images are kept in.
#[derive(Clone, Debug)]
pub(crate) struct Images {
    folder: PathBuf,
    images_max: usize,
    bytes_max: u64,
}

struct Kept {
    path: PathBuf,
    bytes: u64,
    used: SystemTime,
}

impl Images {
    pub(crate) const fn in_folder(folder: PathBuf) -> Self {
        Self { folder, images_max: IMAGES_MAX, bytes_max: BYTES_MAX }
    }

    /// The image of the artifact of this digest.
    pub(crate) fn read(&self, digest: &str) -> Option<Vec<u8>> {
        let path = self.path(digest);
        let image = std::fs::read(&path).ok()?;
        // It counts as used. Where that cannot be noted it is made again one day.
        let _ =
            File::options().append(true).open(&path).and_then(|file| file.set_modified(SystemTime::now()));
        Some(image)
    }

    /// Keeps an image, in place of the ones that were not used for longest where there are too many.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub(crate) fn write(&self, digest: &str, image: &[u8]) -> io::Result<()> {
        write_whole(&self.path(digest), image)?;
        self.make_room()
    }

    fn path(&self, digest: &str) -> PathBuf {
        self.folder.join(format!("{digest}{IMAGE}"))
    }

    fn make_room(&self) -> io::Result<()> {
        let now = SystemTime::now();
        let mut kept = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            let path = entry?.path();
            // Gone by now: another process makes room as well.
            let Ok(metadata) = path.metadata() else { continue };
            let (bytes, used) = (metadata.len(), used(&metadata));
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if name.ends_with(IMAGE) {
                kept.push(Kept { path, bytes, used });
            } else if name.contains(".image.") && name.ends_with(NEW) && is_older(used, now, UNFINISHED) {
                remove(&path)?;
            }
        }
        kept.sort_by_key(|image| Reverse(image.used));
        let mut bytes = 0;
        for (number, image) in kept.iter().enumerate() {
            bytes += image.bytes;
            // The one used last stays, however large it is.
            if number > 0 && (number >= self.images_max || bytes > self.bytes_max) {
                remove(&image.path)?;
            }
        }
        Ok(())
    }
}

fn used(metadata: &Metadata) -> SystemTime {
    metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH)
}

fn is_older(used: SystemTime, now: SystemTime, age: Duration) -> bool {
    now.duration_since(used).is_ok_and(|since| since > age)
}

/// Removes a file, or finds that somebody else has.
fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Writes beside and renames, so that no reader finds half a file, whoever else writes the same one.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    static WRITES: AtomicU64 = AtomicU64::new(0);
    let write = WRITES.fetch_add(1, Ordering::Relaxed);
    let beside = path.with_extension(format!("{}-{write}{NEW}", std::process::id()));
    std::fs::write(&beside, bytes)?;
    std::fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    /// A cache with these bounds, and its folder.
    fn images(images_max: usize, bytes_max: u64) -> (Images, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        (Images { folder: folder.path().to_owned(), images_max, bytes_max }, folder)
    }

    fn put(images: &Images, name: &str, bytes: usize, hours_ago: u32) {
        let path = images.folder.join(name);
        std::fs::write(&path, vec![b'w'; bytes]).unwrap();
        let file = File::options().append(true).open(&path).unwrap();
        file.set_modified(SystemTime::now() - HOUR * hours_ago).unwrap();
    }

    fn names(images: &Images) -> Vec<String> {
        let entries = std::fs::read_dir(&images.folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn an_image_is_read_as_it_was_written() {
        let (images, _folder) = images(2, 100);
        assert_eq!(images.read("a"), None);
        images.write("a", b"wasm").unwrap();
        assert_eq!(images.read("a").as_deref(), Some(&b"wasm"[..]));
        assert_eq!(names(&images), ["a.image.wasm"]);
    }

    #[test]
    fn beyond_so_many_images_the_one_that_was_not_used_for_longest_goes() {
        let (images, _folder) = images(2, 100);
        put(&images, "old.image.wasm", 1, 3);
        put(&images, "older.image.wasm", 1, 4);
        // It counts as used now.
        assert!(images.read("older").is_some());
        images.write("new", b"w").unwrap();
        assert_eq!(names(&images), ["new.image.wasm", "older.image.wasm"]);
    }

    #[test]
    fn beyond_so_many_bytes_the_ones_that_were_not_used_for_longest_go() {
        let (images, _folder) = images(10, 100);
        put(&images, "a.image.wasm", 40, 1);
        put(&images, "b.image.wasm", 30, 2);
        put(&images, "c.image.wasm", 30, 3);
        images.write("new", &[b'w'; 30]).unwrap();
        assert_eq!(names(&images), ["a.image.wasm", "b.image.wasm", "new.image.wasm"]);
        images.write("huge", &[b'w'; 1_000]).unwrap();
        assert_eq!(names(&images), ["huge.image.wasm"]);
    }

    #[test]
    fn what_a_process_left_unfinished_goes_and_nothing_else_of_the_folder() {
        let (images, _folder) = images(1, 100);
        put(&images, "a.image.7-0.new", 1, 2);
        put(&images, "b.image.8-0.new", 1, 0);
        put(&images, "other.new", 1, 2);
        std::fs::create_dir(images.folder.join("compiled")).unwrap();
        images.write("new", b"w").unwrap();
        assert_eq!(names(&images), ["b.image.8-0.new", "compiled", "new.image.wasm", "other.new"]);
    }
}
