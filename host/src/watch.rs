//! Publishes what changes in the filters' directory: one folder a slot, `<directory>/<slot>/`, and the folders that the slot's settings
//! name. A folder is taken when it has been
//! the same for two looks, so that a copy in progress is not published half done; whoever wants it at once renames a
//! complete folder into place.
//!
//! What was published before the watch began was read after a [`Look`] at its folder: what changes from there on is seen, also while
//! the slots are still being opened.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use crate::artifact::named_files;
use crate::config::SlotConfig;
use crate::slot::Slot;

/// Deepest folder that is looked at.
const DEPTH_MAX: usize = 8;

/// Name, size and time of every file of a slot's folders: changes when they do, without reading them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look(Vec<File>);

type File = (PathBuf, u64, SystemTime);

/// A slot, and its folders as they were before it was opened from them.
pub struct Watched {
    /// The slot.
    pub slot: Arc<Slot>,
    /// Taken before the slot's artifact was read.
    pub look: Look,
}

/// A running watch; dropping it ends it.
pub struct Watch {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Looks at the folders of these slots every `interval`, on a thread of its own: compiling must not take a proxy's thread.
    ///
    /// # Errors
    /// No thread can be started.
    pub fn start(directory: PathBuf, watched: Vec<Watched>, interval: Duration) -> std::io::Result<Self> {
        let (stop, stopped) = channel();
        let mut slots = Vec::with_capacity(watched.len());
        let mut published: BTreeMap<String, Look> = BTreeMap::new();
        for Watched { slot, look } in watched {
            published.insert(slot.config().name.clone(), look);
            slots.push(slot);
        }
        let mut pending: BTreeMap<String, Look> = BTreeMap::new();
        let thread = std::thread::Builder::new().name("filter-watch".into()).spawn(move || {
            while stopped.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                for slot in &slots {
                    look_again(&directory, slot, &mut published, &mut pending);
                }
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic has been printed by then.
            let _ = thread.join();
        }
    }
}

fn look_again(
    directory: &Path,
    slot: &Slot,
    published: &mut BTreeMap<String, Look>,
    pending: &mut BTreeMap<String, Look>,
) {
    let name = &slot.config().name;
    let seen = Look::at(directory, slot.config());
    if published.get(name) == Some(&seen) {
        pending.remove(name);
        return;
    }
    if pending.get(name) != Some(&seen) {
        pending.insert(name.clone(), seen);
        return;
    }
    pending.remove(name);
    // Remembered whether or not it can be published: the same fault is reported once.
    published.insert(name.clone(), seen);
    if let Err(error) = slot.replace_from(&directory.join(name)) {
        tracing::error!(slot = name, %error, "not published; the current version stays");
    }
}

impl Look {
    /// The folders of a slot as they are now.
    #[must_use]
    pub fn at(directory: &Path, config: &SlotConfig) -> Self {
        Self(files_of(directory, config))
    }
}

fn files_of(directory: &Path, config: &SlotConfig) -> Vec<File> {
    let mut files = Vec::new();
    collect(&directory.join(&config.name), 0, &mut files);
    for (prefix, folder) in &config.assets {
        let mut named = Vec::new();
        // What cannot be read is reported when the slot is published; up to there is looked at.
        let _ = named_files(folder, prefix, 0, &mut named);
        files.extend(named.into_iter().filter_map(|(_, path)| {
            let metadata = std::fs::metadata(&path).ok()?;
            Some(seen(path, &metadata))
        }));
    }
    files.sort();
    files
}

/// What cannot be read is left out: it is reported when the folder is published.
fn collect(folder: &Path, depth: usize, files: &mut Vec<File>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let Ok(metadata) = std::fs::metadata(entry.path()) else { continue };
        if metadata.is_dir() && depth < DEPTH_MAX {
            collect(&entry.path(), depth + 1, files);
        } else if metadata.is_file() {
            files.push(seen(entry.path(), &metadata));
        }
    }
}

fn seen(path: PathBuf, metadata: &Metadata) -> File {
    (path, metadata.len(), metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH))
}
