//! Listings of folders. Entries that are added or removed during a listing do not disturb it.

use std::ops::Bound;
use std::vec;

use wasmtime_wasi::p2::bindings::filesystem::types::{DescriptorFlags, DescriptorType, ErrorCode};

use super::file_system::{FolderEntry, FolderListing};
use super::location::{FileLocation, OpenNode, OutsidePath, lock};
use super::memory::NodeBody;
use super::mounts::MountTarget;
use super::namespace::{Namespace, descriptor_type};
use super::outside;
use super::result::Result;
use crate::budget::{Budget, Charge};

/// A running listing of a folder.
#[derive(Debug)]
pub(super) enum Listing {
    Inside {
        folder: OpenNode,
        /// Number of packed children listed so far.
        packed: usize,
        /// The last name listed so far, of the children that are not packed.
        after: Option<String>,
    },
    Outside(OutsideListing),
}

/// A running listing of a folder outside, part by part.
#[derive(Debug)]
pub(super) struct OutsideListing {
    /// The source of the next parts; `None` at the end.
    parts: Option<Box<dyn FolderListing>>,
    /// The rest of the last part.
    left: vec::IntoIter<FolderEntry>,
    /// The charge for the remaining entries against the host's memory budget.
    held: Charge,
}

impl OutsideListing {
    /// Starts a listing. It fetches the first part at once, so that the listing counts against the budget from the
    /// beginning.
    async fn new(parts: Box<dyn FolderListing>, budget: &Budget) -> Result<Self> {
        let mut listing =
            Self { parts: Some(parts), left: Vec::new().into_iter(), held: budget.empty_charge() };
        listing.fetch().await?;
        Ok(listing)
    }

    /// Fetches the next part after the last one is used up.
    async fn fetch(&mut self) -> Result<()> {
        let Some(parts) = &mut self.parts else { return Ok(()) };
        let part = parts.next().await.map_err(outside::code)?;
        let names: usize = part.iter().map(|entry| entry.name.capacity()).sum();
        self.held.shrink(self.held.bytes());
        let bytes = names + part.capacity() * size_of::<FolderEntry>();
        self.held.grow(bytes).map_err(|_| ErrorCode::InsufficientMemory)?;
        if part.is_empty() {
            self.parts = None;
        }
        self.left = part.into_iter();
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<(String, DescriptorType)>> {
        loop {
            for entry in &mut self.left {
                let name = entry.name;
                if !matches!(name.as_str(), "" | "." | "..") && !name.contains(['/', '\0']) {
                    return Ok(Some((name, outside::descriptor_type(entry.kind))));
                }
            }
            if self.parts.is_none() {
                return Ok(None);
            }
            self.fetch().await?;
        }
    }
}

impl Namespace {
    /// Starts to list a folder.
    pub(super) async fn list(&mut self, location: FileLocation) -> Result<Listing> {
        match location {
            FileLocation::Outside(outside_path) => self.list_outside(&outside_path).await,
            FileLocation::Opened(open) if open.file.is_some() => Err(ErrorCode::NotDirectory),
            FileLocation::Opened(open) => self.list_outside(&open.outside_path).await,
            location if self.is_folder(&location)? => {
                let folder = self.open(&location, DescriptorFlags::READ)?;
                Ok(Listing::Inside { folder, packed: 0, after: None })
            }
            _ => Err(ErrorCode::NotDirectory),
        }
    }

    async fn list_outside(&self, outside_path: &OutsidePath) -> Result<Listing> {
        let parts = self.outside_list(outside_path).await?;
        Ok(Listing::Outside(OutsideListing::new(parts, &self.budget).await?))
    }

    /// Returns the next entry of a folder: its name and type.
    pub(super) async fn next(&self, listing: &mut Listing) -> Result<Option<(String, DescriptorType)>> {
        match listing {
            Listing::Inside { folder, packed, after } => self.next_inside(folder, packed, after),
            Listing::Outside(listing) => listing.next().await,
        }
    }

    fn next_inside(
        &self,
        folder: &OpenNode,
        listed: &mut usize,
        last: &mut Option<String>,
    ) -> Result<Option<(String, DescriptorType)>> {
        let (packed, hidden) = match folder {
            OpenNode::Packed(number) => (Some(*number), None),
            OpenNode::Joint(joint) => {
                let joint = &self.mounts.joints[*joint as usize];
                (joint.packed, Some(&joint.children))
            }
            OpenNode::Memory(..) | OpenNode::Outside(..) | OpenNode::Null(_) => (None, None),
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
        let found = match folder {
            OpenNode::Packed(_) | OpenNode::Outside(..) | OpenNode::Null(_) => None,
            OpenNode::Joint(joint) => {
                let children = &self.mounts.joints[*joint as usize].children;
                let from = after.map_or(Bound::Unbounded, Bound::Excluded);
                let next = children.range::<str, _>((from, Bound::Unbounded)).next();
                next.map(|(name, target)| {
                    let kind = match target {
                        MountTarget::Null => DescriptorType::CharacterDevice,
                        MountTarget::Joint(_) | MountTarget::Memory(_) | MountTarget::Outside(_) => {
                            DescriptorType::Directory
                        }
                    };
                    (name.clone(), kind)
                })
            }
            OpenNode::Memory(handle, _) => {
                let memory = lock(&handle.memory);
                match memory.next_child(handle.node, after)? {
                    Some((name, number)) => {
                        let kind = match memory.node(number)?.body {
                            NodeBody::Folder(_) => DescriptorType::Directory,
                            NodeBody::File(_) => DescriptorType::RegularFile,
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
