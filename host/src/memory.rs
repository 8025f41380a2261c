//! The linear memory of an instance: kept within its slot's bound, and counted, so that what a slot takes can be told.

use wasmtime::{ResourceLimiter, StoreLimits, StoreLimitsBuilder};

/// Linear memory of an instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryUse {
    /// Bytes that it began with: its image, which all instances share until they write to it.
    pub image_bytes: usize,
    /// Bytes that it has now. Linear memory never shrinks, so no call of this instance had more.
    pub bytes: usize,
}

/// Bounds of a store, and the memory that it has.
pub(crate) struct Limits {
    bounds: StoreLimits,
    memory: MemoryUse,
}

impl Limits {
    /// Bounds its memory, in bytes.
    pub(crate) fn new(memory_bytes_max: usize) -> Self {
        let bounds = StoreLimitsBuilder::new().memory_size(memory_bytes_max).build();
        Self { bounds, memory: MemoryUse::default() }
    }

    pub(crate) const fn memory(&self) -> MemoryUse {
        self.memory
    }
}

/// A filter has one memory, whose first size is told as growth from nothing.
impl ResourceLimiter for Limits {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let is_granted = self.bounds.memory_growing(current, desired, maximum)?;
        if is_granted {
            self.memory.bytes = desired;
            if current == 0 {
                self.memory.image_bytes = desired;
            }
        }
        Ok(is_granted)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.bounds.table_growing(current, desired, maximum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: usize = 64 << 10;

    #[test]
    fn the_image_is_what_an_instance_begins_with() {
        let mut limits = Limits::new(8 * PAGE);
        assert!(limits.memory_growing(0, 3 * PAGE, None).unwrap());
        assert!(limits.memory_growing(3 * PAGE, 5 * PAGE, None).unwrap());
        assert_eq!(limits.memory(), MemoryUse { image_bytes: 3 * PAGE, bytes: 5 * PAGE });
    }

    #[test]
    fn growth_that_is_refused_is_not_counted() {
        let mut limits = Limits::new(4 * PAGE);
        assert!(limits.memory_growing(0, 4 * PAGE, None).unwrap());
        assert!(!limits.memory_growing(4 * PAGE, 5 * PAGE, None).unwrap());
        assert_eq!(limits.memory(), MemoryUse { image_bytes: 4 * PAGE, bytes: 4 * PAGE });
    }
}
