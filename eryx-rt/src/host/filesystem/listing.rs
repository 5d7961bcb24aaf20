//! Listing a folder. Entries that come or go meanwhile do not disturb it.

use std::collections::VecDeque;
use std::ops::Bound;

use wasmtime_wasi::p2::bindings::filesystem::types::{DescriptorFlags, DescriptorType, ErrorCode};

use super::memory::Body;
use super::mounts::Target;
use super::namespace::{Namespace, descriptor_type};
use super::place::{Open, Place, lock};

type Result<T, E = ErrorCode> = std::result::Result<T, E>;

/// A folder being listed.
#[derive(Debug)]
pub(super) enum Listing {
    Inside {
        folder: Open,
        /// How many packed children were listed.
        packed: usize,
        /// The last name that was listed of those that are not packed.
        after: Option<String>,
    },
    /// What is left of a folder outside, which was read as a whole.
    Outside(VecDeque<(String, DescriptorType)>),
}

impl Namespace {
    /// Starts to list a folder.
    pub(super) async fn list(&mut self, place: Place) -> Result<Listing> {
        match place {
            Place::Outside(spot) => Ok(Listing::Outside(self.outside_list(&spot).await?.into())),
            Place::Opened(open) if open.file.is_some() => Err(ErrorCode::NotDirectory),
            Place::Opened(open) => Ok(Listing::Outside(self.outside_list(&open.spot).await?.into())),
            place if self.is_folder(&place)? => {
                let folder = self.open(&place, DescriptorFlags::READ)?;
                Ok(Listing::Inside { folder, packed: 0, after: None })
            }
            _ => Err(ErrorCode::NotDirectory),
        }
    }

    /// The next entry of a folder: its name, and what it is.
    pub(super) fn next(&self, listing: &mut Listing) -> Result<Option<(String, DescriptorType)>> {
        let (folder, listed, last) = match listing {
            Listing::Inside { folder, packed, after } => (folder, packed, after),
            Listing::Outside(entries) => return Ok(entries.pop_front()),
        };
        let (packed, hidden) = match folder {
            Open::Packed(number) => (Some(*number), None),
            Open::Joint(joint) => {
                let joint = &self.mounts.joints[*joint as usize];
                (joint.packed, Some(&joint.children))
            }
            Open::Memory(..) | Open::Outside(..) | Open::Null(_) => (None, None),
        };
        if let Some(number) = packed {
            for child in self.packed(number)?.children().skip(*listed) {
                *listed += 1;
                if hidden.is_none_or(|hidden| !hidden.contains_key(child.name())) {
                    return Ok(Some((child.name().to_owned(), descriptor_type(child.kind()))));
                }
            }
        }
        let after = last.as_deref();
        let found = match &*folder {
            Open::Packed(_) | Open::Outside(..) | Open::Null(_) => None,
            Open::Joint(joint) => {
                let children = &self.mounts.joints[*joint as usize].children;
                let from = after.map_or(Bound::Unbounded, Bound::Excluded);
                let next = children.range::<str, _>((from, Bound::Unbounded)).next();
                next.map(|(name, target)| {
                    let kind = match target {
                        Target::Null => DescriptorType::CharacterDevice,
                        Target::Joint(_) | Target::Memory(_) | Target::Outside(_) => {
                            DescriptorType::Directory
                        }
                    };
                    (name.clone(), kind)
                })
            }
            Open::Memory(handle, _) => {
                let memory = lock(&handle.memory);
                match memory.next_child(handle.node, after)? {
                    Some((name, number)) => {
                        let kind = match memory.node(number)?.body {
                            Body::Folder(_) => DescriptorType::Directory,
                            Body::File(_) => DescriptorType::RegularFile,
                        };
                        Some((name.to_owned(), kind))
                    }
                    None => None,
                }
            }
        };
        if let Some((name, _)) = &found {
            *last = Some(name.clone());
        }
        Ok(found)
    }
}
