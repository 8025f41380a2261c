//! The component's log, kept for whoever wants to read it.

use wasmtime_wasi::p2::pipe::MemoryOutputPipe;

/// Most bytes that are kept. A component that writes more is ended: this is for tests, which write a few lines.
const LOG_BYTES_MAX: usize = 1 << 20;

/// What a component writes to its standard error. Clones are the same log.
#[derive(Clone, Debug)]
pub struct Log(MemoryOutputPipe);

impl Default for Log {
    fn default() -> Self {
        Self(MemoryOutputPipe::new(LOG_BYTES_MAX))
    }
}

impl Log {
    /// What has been written so far.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.contents()).into_owned()
    }

    pub(crate) fn stream(&self) -> MemoryOutputPipe {
        self.0.clone()
    }
}
