//! Hides imported exception tags from the snapshot tool, which panics on them.
//!
//! The tool only reads memories and globals. So it gets a component in which each module defines its imported tags
//! itself, before its other tags, which keeps all indices. The imports are restored in the tool's output.

use wasm_encoder::reencode::{Error as ReencodeError, Reencode as _, RoundtripReencoder};
use wasm_encoder::{Component, ImportSection, Module, RawSection, SectionId, TagSection};
use wasmparser::{Import, Parser, Payload, TypeRef};

use crate::error::{Error, Result};

/// The imported tags of each core module of a component.
#[derive(Debug, Default)]
pub(crate) struct HiddenTags(Vec<Vec<ImportedTag>>);

/// An imported tag.
#[derive(Debug)]
struct ImportedTag {
    module: String,
    name: String,
    ty: u32,
}

/// Returns the component without imported tags, and the information to restore them.
///
/// # Errors
/// When the bytes are not a component.
pub(crate) fn hide(component: &[u8]) -> Result<(Vec<u8>, HiddenTags)> {
    let mut hidden = HiddenTags::default();
    let bytes = map_modules(component, |module| {
        let (module, tags) = define(module)?;
        hidden.0.push(tags);
        Ok(module)
    })?;
    Ok((bytes, hidden))
}

impl HiddenTags {
    /// Returns the component with its imported tags. New modules at its end have none of them.
    ///
    /// # Errors
    /// When the bytes are not a component.
    pub(crate) fn restore(&self, component: &[u8]) -> Result<Vec<u8>> {
        let mut tags = self.0.iter();
        map_modules(component, |module| match tags.next() {
            Some(tags) if !tags.is_empty() => import(module, tags),
            _ => Ok(None),
        })
    }
}

type Reencoded<T> = std::result::Result<T, ReencodeError>;

/// Returns the component after applying `change` to each core module. `None` from `change` keeps a module.
pub(crate) fn map_modules(
    component: &[u8],
    mut change: impl FnMut(&[u8]) -> Reencoded<Option<Vec<u8>>>,
) -> Result<Vec<u8>> {
    let mut map = || -> Reencoded<Vec<u8>> {
        let mut output = Component::new();
        let mut depth = 0_usize;
        for payload in Parser::new(0).parse_all(component) {
            let payload = payload?;
            if depth == 0
                && let Some((id, range)) = payload.as_section()
            {
                let data = &component[range.start as usize..range.end as usize];
                let changed = match payload {
                    Payload::ModuleSection { .. } => change(data)?,
                    _ => None,
                };
                output.section(&RawSection { id, data: changed.as_deref().unwrap_or(data) });
            }
            match payload {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        Ok(output.finish())
    };
    map().map_err(|error| Error::new(format!("the component cannot be read: {error}")))
}

/// Returns the module with definitions in place of its imported tags; `None` if it has no imported tags.
fn define(module: &[u8]) -> Reencoded<(Option<Vec<u8>>, Vec<ImportedTag>)> {
    let mut tags = Vec::new();
    for import in imports(module)? {
        if let TypeRef::Tag(tag) = import.ty {
            tags.push(ImportedTag {
                module: import.module.into(),
                name: import.name.into(),
                ty: tag.func_type_idx,
            });
        }
    }
    if tags.is_empty() {
        return Ok((None, tags));
    }
    let mut first = TagSection::new();
    for tag in &tags {
        first.tag(tag_type(tag.ty));
    }
    let mut first = Some(first);
    let mut output = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        let Some((id, range)) = payload.as_section() else { continue };
        match payload {
            Payload::ImportSection(_) => {
                let mut section = ImportSection::new();
                for import in imports(module)?.iter().filter(|one| !matches!(one.ty, TypeRef::Tag(_))) {
                    RoundtripReencoder.parse_import(&mut section, *import)?;
                }
                output.section(&section);
            }
            Payload::TagSection(defined) => {
                let mut section = first.take().unwrap_or_default();
                RoundtripReencoder.parse_tag_section(&mut section, defined)?;
                output.section(&section);
            }
            _ => {
                if follows_tags(id)
                    && let Some(first) = first.take()
                {
                    output.section(&first);
                }
                output.section(&RawSection { id, data: &module[range.start as usize..range.end as usize] });
            }
        }
    }
    if let Some(first) = first {
        output.section(&first);
    }
    Ok((Some(output.finish()), tags))
}

/// Returns the module with imports in place of its first tags.
fn import(module: &[u8], tags: &[ImportedTag]) -> Reencoded<Option<Vec<u8>>> {
    let mut output = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        let Some((id, range)) = payload.as_section() else { continue };
        match payload {
            Payload::ImportSection(_) => {
                let mut section = ImportSection::new();
                for import in imports(module)? {
                    RoundtripReencoder.parse_import(&mut section, import)?;
                }
                for tag in tags {
                    section.import(&tag.module, &tag.name, tag_type(tag.ty));
                }
                output.section(&section);
            }
            Payload::TagSection(defined) => {
                let mut section = TagSection::new();
                for tag in defined.into_iter().skip(tags.len()) {
                    section.tag(RoundtripReencoder.tag_type(tag?)?);
                }
                if !section.is_empty() {
                    output.section(&section);
                }
            }
            _ => {
                output.section(&RawSection { id, data: &module[range.start as usize..range.end as usize] });
            }
        }
    }
    Ok(Some(output.finish()))
}

fn imports(module: &[u8]) -> Reencoded<Vec<Import<'_>>> {
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::ImportSection(section) = payload? {
            return Ok(section.into_imports().collect::<std::result::Result<_, _>>()?);
        }
    }
    Ok(Vec::new())
}

fn tag_type(func_type_idx: u32) -> wasm_encoder::TagType {
    wasm_encoder::TagType { kind: wasm_encoder::TagKind::Exception, func_type_idx }
}

/// Whether a section comes after the tag section.
fn follows_tags(id: u8) -> bool {
    [
        SectionId::Global,
        SectionId::Export,
        SectionId::Start,
        SectionId::Element,
        SectionId::DataCount,
        SectionId::Code,
        SectionId::Data,
    ]
    .into_iter()
    .any(|section| section as u8 == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three modules: the first exports a tag; the second imports two and defines one; the third has no tags.
    const COMPONENT: &str = r#"(component
        (core module $gives (tag (export "a") (param i32)) (tag (export "b")))
        (core module $takes
          (import "env" "a" (tag $a (param i32)))
          (import "env" "f" (func $f))
          (import "env" "b" (tag $b))
          (memory 1)
          (tag $own (param i64))
          (global (mut i32) (i32.const 0))
          (func (export "throws") (throw $b))
          (func (throw $own (i64.const 1)))
          (func (throw $a (i32.const 1))))
        (core module $plain (func (export "f")))
        (core instance $gives (instantiate $gives))
        (core instance $plain (instantiate $plain))
        (alias core export $gives "a" (core tag $a))
        (alias core export $gives "b" (core tag $b))
        (alias core export $plain "f" (core func $f))
        (core instance (instantiate $takes (with "env" (instance
          (export "a" (tag $a)) (export "b" (tag $b)) (export "f" (func $f)))))))"#;

    fn valid(component: &[u8]) {
        wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all())
            .validate_all(component)
            .unwrap();
    }

    fn imported_tags(component: &[u8]) -> Vec<String> {
        let mut names = Vec::new();
        for payload in Parser::new(0).parse_all(component) {
            if let Payload::ImportSection(section) = payload.unwrap() {
                let imports = section.into_imports().map(Result::unwrap);
                names.extend(
                    imports.filter(|one| matches!(one.ty, TypeRef::Tag(_))).map(|one| one.name.to_owned()),
                );
            }
        }
        names
    }

    #[test]
    fn imported_tags_come_back() {
        let component = wat::parse_str(COMPONENT).unwrap();
        valid(&component);
        let (shown, hidden) = hide(&component).unwrap();
        valid(&shown);
        assert!(imported_tags(&shown).is_empty());
        let restored = hidden.restore(&shown).unwrap();
        valid(&restored);
        assert_eq!(imported_tags(&restored), ["a", "b"]);
        // Hiding the tags again gives the same bytes, so the round trip is lossless.
        assert_eq!(hide(&restored).unwrap().0, shown);
    }

    #[test]
    fn a_component_without_tags_stays() {
        let component =
            wat::parse_str("(component (core module (memory 1)) (component (core module)))").unwrap();
        let (shown, hidden) = hide(&component).unwrap();
        assert_eq!(shown, component);
        assert_eq!(hidden.restore(&shown).unwrap(), component);
    }
}
