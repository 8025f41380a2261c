//! Publishes what changes in the filters' directory: one folder a slot, `<directory>/<slot>/`. A folder is taken when it has been
//! the same for two looks, so that a copy in progress is not published half done; whoever wants it at once renames a
//! complete folder into place.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use crate::slot::Slot;

/// Deepest folder that is looked at.
const DEPTH_MAX: usize = 8;

/// Name, size and time of every file of a folder: changes when the folder does, without reading it.
type Look = Vec<(PathBuf, u64, SystemTime)>;

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
    pub fn start(directory: PathBuf, slots: Vec<Arc<Slot>>, interval: Duration) -> std::io::Result<Self> {
        let (stop, stopped) = channel();
        // The folders as they are now are what the slots were opened from.
        let mut published: BTreeMap<String, Look> = BTreeMap::new();
        for slot in &slots {
            published.insert(slot.config().name.clone(), look(&directory.join(&slot.config().name)));
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
    let folder = directory.join(name);
    let seen = look(&folder);
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
    if let Err(error) = slot.replace_from(&folder) {
        tracing::error!(slot = name, %error, "not published; the current version stays");
    }
}

fn look(folder: &Path) -> Look {
    let mut files = Vec::new();
    collect(folder, 0, &mut files);
    files.sort();
    files
}

/// What cannot be read is left out: it is reported when the folder is published.
fn collect(folder: &Path, depth: usize, files: &mut Look) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let Ok(metadata) = std::fs::metadata(entry.path()) else { continue };
        if metadata.is_dir() && depth < DEPTH_MAX {
            collect(&entry.path(), depth + 1, files);
        } else if metadata.is_file() {
            files.push((entry.path(), metadata.len(), metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH)));
        }
    }
}
