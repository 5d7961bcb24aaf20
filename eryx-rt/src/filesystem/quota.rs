//! The limits on files, and their current use.

use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;

use super::result::Result;
use crate::error::ConfigError;

/// The limits on the files that one interpreter writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quota {
    /// Total length of all files, in bytes.
    pub(crate) bytes: u64,
    /// Number of files and folders.
    pub(crate) nodes: usize,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct QuotaUse {
    bytes: u64,
    nodes: usize,
}

/// Counts the writes of one interpreter, exact to the byte.
///
/// Files in memory count in full. Files outside of memory, in host folders and custom file systems, may have other
/// writers, so only the growth by this interpreter counts. Bytes that it frees there are never credited to files in
/// memory, so removing files of others makes no room.
#[derive(Debug)]
pub(super) struct QuotaMeter {
    quota: Quota,
    memory: QuotaUse,
    outside: QuotaUse,
}

impl QuotaMeter {
    pub(super) fn new(quota: Quota) -> Self {
        Self { quota, memory: QuotaUse::default(), outside: QuotaUse::default() }
    }

    /// The remaining bytes.
    pub(super) fn free(&self) -> u64 {
        self.quota.bytes.saturating_sub(self.memory.bytes.saturating_add(self.outside.bytes))
    }

    fn room_for_a_node(&self) -> Result<()> {
        if self.memory.nodes + self.outside.nodes >= self.quota.nodes {
            return Err(ErrorCode::InsufficientSpace);
        }
        Ok(())
    }

    /// Returns how many bytes can be written at `offset` (at the end, if `None`) of a file of that length.
    pub(super) fn room(&self, length: u64, offset: Option<u64>) -> u64 {
        let (free, offset) = (self.free(), offset.unwrap_or(length));
        if offset <= length {
            (length - offset).saturating_add(free)
        } else {
            free.saturating_sub(offset - length)
        }
    }

    /// Counts a new file or folder in memory, if the quota has room.
    pub(super) fn add(&mut self, bytes: u64) -> Result<()> {
        self.room_for_a_node()?;
        self.resize(0, bytes)?;
        self.memory.nodes += 1;
        Ok(())
    }

    /// Counts a file from the host. The host's files are checked elsewhere.
    pub(super) fn give(&mut self, bytes: u64) {
        self.memory.nodes += 1;
        self.memory.bytes += bytes;
    }

    /// Checks that the [given](Self::give) files are within the quota.
    ///
    /// # Errors
    /// If they are not.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let (quota, used) = (self.quota, self.memory);
        let too_low = |unit, limit, needed| Err(ConfigError::FileLimitTooLow { unit, limit, needed });
        if used.bytes > quota.bytes {
            return too_low("bytes", quota.bytes, used.bytes);
        }
        if used.nodes > quota.nodes {
            return too_low("files and folders", quota.nodes as u64, used.nodes as u64);
        }
        Ok(())
    }

    /// Subtracts a removed file or folder in memory.
    pub(super) fn remove(&mut self, bytes: u64) {
        self.memory.nodes -= 1;
        self.memory.bytes -= bytes;
    }

    /// Counts a change of the length of a file in memory, if the quota has room.
    pub(super) fn resize(&mut self, before: u64, after: u64) -> Result<()> {
        let others = self.memory.bytes - before;
        let total = others.checked_add(after).ok_or(ErrorCode::FileTooLarge)?;
        if after > before && after - before > self.free() {
            return Err(ErrorCode::InsufficientSpace);
        }
        self.memory.bytes = total;
        Ok(())
    }

    /// Counts a new file or folder outside, if the quota has room.
    pub(super) fn add_outside(&mut self) -> Result<()> {
        self.room_for_a_node()?;
        self.outside.nodes += 1;
        Ok(())
    }

    /// Subtracts a removed file or folder outside, and its bytes.
    pub(super) fn remove_outside(&mut self, bytes: u64) {
        self.outside.nodes = self.outside.nodes.saturating_sub(1);
        self.outside.bytes = self.outside.bytes.saturating_sub(bytes);
    }

    /// Counts a change of the length of a file outside, if the quota has room.
    pub(super) fn resize_outside(&mut self, before: u64, after: u64) -> Result<()> {
        if after > before && after - before > self.free() {
            return Err(ErrorCode::InsufficientSpace);
        }
        self.outside.bytes = self.outside.bytes.saturating_add(after).saturating_sub(before);
        Ok(())
    }

    /// Returns the total length of all files in memory, and the number of files and folders.
    #[cfg(any(test, fuzzing))]
    pub(super) fn used(&self) -> (u64, usize) {
        (self.memory.bytes, self.memory.nodes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_and_outside_share_one_quota() {
        let mut meter = QuotaMeter::new(Quota { bytes: 100, nodes: 3 });
        meter.add(60).unwrap();
        meter.add_outside().unwrap();
        assert_eq!(meter.resize_outside(1000, 1041), Err(ErrorCode::InsufficientSpace));
        meter.resize_outside(1000, 1040).unwrap();
        assert_eq!(meter.room(60, None), 0);
        assert_eq!(meter.room(60, Some(10)), 50);
        meter.add(0).unwrap();
        assert_eq!(meter.add(0), Err(ErrorCode::InsufficientSpace));
        assert_eq!(meter.add_outside(), Err(ErrorCode::InsufficientSpace));
    }

    #[test]
    fn removing_what_others_wrote_makes_no_room() {
        let mut meter = QuotaMeter::new(Quota { bytes: 100, nodes: 2 });
        meter.add(50).unwrap();
        meter.resize_outside(0, 10).unwrap();
        meter.remove_outside(1 << 40);
        meter.resize_outside(1 << 40, 0).unwrap();
        assert_eq!(meter.room(0, None), 50);
        assert_eq!(meter.used(), (50, 1));
    }

    #[test]
    fn what_is_already_there_can_be_cut_at_the_limit() {
        let mut meter = QuotaMeter::new(Quota { bytes: 10, nodes: 1 });
        meter.resize_outside(500, 400).unwrap();
        meter.resize_outside(400, 410).unwrap();
        meter.resize_outside(410, 405).unwrap();
        meter.resize_outside(405, 410).unwrap();
        assert_eq!(meter.resize_outside(410, 411), Err(ErrorCode::InsufficientSpace));
    }
}
