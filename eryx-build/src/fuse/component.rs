//! Parses the component, and resolves every core index in it.

use std::collections::{BTreeSet, HashMap};

use wasm_encoder::reencode::{Error as ReencodeError, Reencode, ReencodeComponent};
use wasmparser::{
    CanonicalFunction, ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind,
    ComponentType, Encoding, FuncType, Instance, Parser, Payload, TypeRef,
};

use super::item::{CoreItem, ExternKind, IndexSpaces};
use super::module::ParsedModule;
use super::refused::{FusionObstacle, FusionResult};

/// A parsed component.
#[derive(Debug, Default)]
pub(super) struct ParsedComponent<'a> {
    /// Everything except core modules and their instances, in its order.
    pub(super) sections: Vec<ComponentSection<'a>>,
    pub(super) modules: Vec<ParsedModule<'a>>,
    /// Instances of modules.
    pub(super) units: Vec<ModuleInstance>,
    pub(super) canons: Vec<CanonicalItem>,
    /// The component's core index spaces.
    pub(super) core: IndexSpaces<CoreItem>,
    /// Instances of modules, and groups of exports that have the form of an instance.
    instances: Vec<InstanceExports<'a>>,
}

/// A part of the component that the pass keeps.
#[derive(Debug)]
pub(super) enum ComponentSection<'a> {
    Raw {
        id: u8,
        data: &'a [u8],
    },
    /// Aliases of items of the component model.
    Aliases(Vec<ComponentAlias<'a>>),
    /// A function between the component model and core modules.
    Canon(usize),
}

/// An instance of a module, with the items that its indices resolve to.
#[derive(Debug)]
pub(super) struct ModuleInstance {
    pub(super) module: usize,
    pub(super) items: IndexSpaces<CoreItem>,
}

/// A function between the component model and core modules.
#[derive(Debug)]
pub(super) struct CanonicalItem {
    pub(super) function: CanonicalFunction,
    /// Items that its options, or the function it lifts, resolve to.
    pub(super) uses: BTreeSet<(ExternKind, CoreItem)>,
    /// Name and type under which the first module imports it.
    pub(super) imported: Option<(String, FuncType)>,
}

impl CanonicalItem {
    /// Whether it needs a memory, so that the module with the memory cannot import it.
    pub(super) fn is_late(&self) -> bool {
        !self.uses.is_empty()
    }
}

#[derive(Debug)]
enum InstanceExports<'a> {
    ModuleInstance(usize),
    Listed(HashMap<&'a str, (ExternKind, CoreItem)>),
}

impl<'a> ParsedComponent<'a> {
    /// Parses a component.
    ///
    /// # Errors
    /// When it has a part that this pass cannot keep.
    pub(super) fn read(bytes: &'a [u8]) -> FusionResult<Self> {
        let mut component = Self::default();
        let mut depth = 0_usize;
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload?;
            if depth == 0 {
                component.section(&payload, bytes)?;
            } else if let Payload::ComponentAliasSection(section) = &payload {
                for alias in section.clone() {
                    refuse_outer(&alias?)?;
                }
            }
            match payload {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        Ok(component)
    }

    fn section(&mut self, payload: &Payload<'a>, bytes: &'a [u8]) -> FusionResult<()> {
        match payload {
            Payload::Version { encoding: Encoding::Module, .. } => {
                return Err(FusionObstacle::new("it is a core module"));
            }
            Payload::ModuleSection { unchecked_range, .. } => {
                let module = &bytes[unchecked_range.start as usize..unchecked_range.end as usize];
                self.modules.push(ParsedModule::read(module)?);
                return Ok(());
            }
            Payload::InstanceSection(section) => {
                for instance in section.clone() {
                    let exports = self.instance(&instance?)?;
                    self.instances.push(exports);
                }
                return Ok(());
            }
            Payload::ComponentAliasSection(section) => {
                let mut kept = Vec::new();
                for alias in section.clone() {
                    let alias = alias?;
                    refuse_outer(&alias)?;
                    match alias {
                        ComponentAlias::CoreInstanceExport { kind, instance_index, name } => {
                            let kind = ExternKind::of_export(kind)?;
                            let item = self.export(instance_index, kind, name)?;
                            self.core[kind].push(item);
                        }
                        ComponentAlias::InstanceExport { kind: ComponentExternalKind::Module, .. } => {
                            return Err(FusionObstacle::new("a core module comes from elsewhere"));
                        }
                        alias => kept.push(alias),
                    }
                }
                self.sections.push(ComponentSection::Aliases(kept));
                return Ok(());
            }
            Payload::ComponentCanonicalSection(section) => {
                for function in section.clone() {
                    let function = function?;
                    let uses = self.uses(&function)?;
                    let number = self.canons.len();
                    if !matches!(function, CanonicalFunction::Lift { .. }) {
                        self.core[ExternKind::Func].push(CoreItem::Canon(number));
                    }
                    self.canons.push(CanonicalItem { function, uses, imported: None });
                    self.sections.push(ComponentSection::Canon(number));
                }
                return Ok(());
            }
            // Core types would need new indices. The linker does not emit any.
            Payload::ComponentTypeSection(section) => {
                for ty in section.clone() {
                    if let ComponentType::Resource { dtor: Some(_), .. } = ty? {
                        return Err(FusionObstacle::new("it exports a resource that has a destructor"));
                    }
                }
            }
            Payload::ComponentImportSection(section) => {
                for import in section.clone() {
                    refuse_module(import?.ty.kind())?;
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section.clone() {
                    refuse_module(export?.kind)?;
                }
            }
            Payload::ComponentInstanceSection(section) => {
                for instance in section.clone() {
                    if let ComponentInstance::Instantiate { args, .. } = instance? {
                        args.iter().try_for_each(|arg| refuse_module(arg.kind))?;
                    }
                }
            }
            // Names of core items that the pass removes.
            Payload::CustomSection(section) if section.name() == "component-name" => return Ok(()),
            _ => {}
        }
        if let Some((id, range)) = payload.as_section() {
            self.sections
                .push(ComponentSection::Raw { id, data: &bytes[range.start as usize..range.end as usize] });
        }
        Ok(())
    }

    fn instance(&mut self, instance: &Instance<'a>) -> FusionResult<InstanceExports<'a>> {
        match instance {
            Instance::FromExports(exports) => {
                let mut listed = HashMap::new();
                for export in exports {
                    let kind = ExternKind::of_export(export.kind)?;
                    listed.insert(export.name, (kind, self.core.at(kind, export.index)?));
                }
                Ok(InstanceExports::Listed(listed))
            }
            Instance::Instantiate { module_index, args } => {
                let number = *module_index as usize;
                let module = self
                    .modules
                    .get(number)
                    .ok_or_else(|| FusionObstacle::new("an instance is of no module"))?;
                let unit = self.units.len();
                let mut items: IndexSpaces<CoreItem> = IndexSpaces::default();
                for import in &module.imports {
                    let argument = args.iter().find(|arg| arg.name == import.module);
                    let missing = || FusionObstacle::new(format!("no instance provides `{}`", import.module));
                    let kind = ExternKind::of_import(import.ty)?;
                    let item = self.export(argument.ok_or_else(missing)?.index, kind, import.name)?;
                    if let (CoreItem::Canon(canon), TypeRef::Func(ty)) = (item, import.ty)
                        && self.canons[canon].imported.is_none()
                    {
                        let ty = module.types.get(ty as usize).cloned();
                        let ty = ty.ok_or_else(|| FusionObstacle::new("a function has no type"))?;
                        self.canons[canon].imported =
                            Some((format!("{}#{}", import.module, import.name), ty));
                    }
                    items[kind].push(item);
                }
                for kind in [
                    ExternKind::Func,
                    ExternKind::Table,
                    ExternKind::Memory,
                    ExternKind::Global,
                    ExternKind::Tag,
                ] {
                    let defined = module.imported(kind)..module.count(kind);
                    items[kind].extend(defined.map(|index| CoreItem::Own { unit, index }));
                }
                self.units.push(ModuleInstance { module: number, items });
                Ok(InstanceExports::ModuleInstance(unit))
            }
        }
    }

    /// Returns the export of an instance by its name.
    fn export(&self, instance: u32, kind: ExternKind, name: &str) -> FusionResult<CoreItem> {
        let found = match self.instances.get(instance as usize) {
            Some(InstanceExports::Listed(listed)) => listed.get(name).copied(),
            Some(InstanceExports::ModuleInstance(unit)) => {
                let unit = &self.units[*unit];
                match self.modules[unit.module].exports.get(name) {
                    Some((kind, index)) => Some((*kind, unit.items.at(*kind, *index)?)),
                    None => None,
                }
            }
            None => None,
        };
        match found {
            Some((found, item)) if found == kind => Ok(item),
            _ => Err(FusionObstacle::new(format!("an instance has no export `{name}`"))),
        }
    }

    /// Returns the core items that a canonical function needs.
    fn uses(&self, function: &CanonicalFunction) -> FusionResult<BTreeSet<(ExternKind, CoreItem)>> {
        let mut seen = ReferencedIndices(BTreeSet::new());
        seen.parse_component_canonical(&mut wasm_encoder::CanonicalFunctionSection::new(), function.clone())?;
        seen.0.into_iter().map(|(kind, index)| Ok((kind, self.core.at(kind, index)?))).collect()
    }

    /// Returns the type of a function; `None` if no module imports it.
    pub(super) fn signature(&self, function: CoreItem) -> Option<&FuncType> {
        match function {
            CoreItem::Own { unit, index } => self.module_of(unit).signature(index).ok(),
            CoreItem::Canon(canon) => self.canons[canon].imported.as_ref().map(|(_, ty)| ty),
        }
    }

    /// Returns the module that a unit is an instance of.
    pub(super) fn module_of(&self, unit: usize) -> &ParsedModule<'a> {
        &self.modules[self.units[unit].module]
    }
}

fn refuse_module(kind: ComponentExternalKind) -> FusionResult<()> {
    match kind {
        ComponentExternalKind::Module => Err(FusionObstacle::new("a core module is passed on")),
        _ => Ok(()),
    }
}

fn refuse_outer(alias: &ComponentAlias<'_>) -> FusionResult<()> {
    match alias {
        ComponentAlias::Outer {
            kind: ComponentOuterAliasKind::CoreModule | ComponentOuterAliasKind::CoreType,
            ..
        } => Err(FusionObstacle::new("a component in it uses core modules or types of its own")),
        _ => Ok(()),
    }
}

/// Records the core indices of a function.
struct ReferencedIndices(BTreeSet<(ExternKind, u32)>);

impl ReferencedIndices {
    #[expect(clippy::unnecessary_wraps, reason = "the type of the trait's methods")]
    fn note(&mut self, kind: ExternKind, index: u32) -> Result<u32, ReencodeError<FusionObstacle>> {
        self.0.insert((kind, index));
        Ok(index)
    }
}

impl Reencode for ReferencedIndices {
    type Error = FusionObstacle;

    fn function_index(&mut self, index: u32) -> Result<u32, ReencodeError<FusionObstacle>> {
        self.note(ExternKind::Func, index)
    }

    fn table_index(&mut self, index: u32) -> Result<u32, ReencodeError<FusionObstacle>> {
        self.note(ExternKind::Table, index)
    }

    fn memory_index(&mut self, index: u32) -> Result<u32, ReencodeError<FusionObstacle>> {
        self.note(ExternKind::Memory, index)
    }
}

impl ReencodeComponent for ReferencedIndices {}
