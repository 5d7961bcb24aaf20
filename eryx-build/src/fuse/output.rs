//! Writes the component around the fused module.

use std::collections::HashMap;

use wasm_encoder::reencode::{Error as ReencodeError, Reencode, ReencodeComponent, RoundtripReencoder};
use wasm_encoder::{
    Alias, CanonicalFunctionSection, Component as Output, ComponentAliasSection, ExportKind, InstanceSection,
    ModuleArg, RawSection,
};
use wasmparser::CanonicalFunction;

use super::component::{ComponentSection, ParsedComponent};
use super::emit::{FusedModule, HOST};
use super::item::{CoreItem, ExternKind};
use super::late::{FUSED, LATE, LateModule};
use super::refused::{FusionObstacle, FusionResult};

/// Writes the component. Everything of the component model stays as it is, in its order. The fused module's instance
/// comes before the first function that needs it, the second module's instance at the end.
pub(super) fn write(
    component: &ParsedComponent<'_>,
    fused: &FusedModule,
    late: Option<&LateModule>,
) -> FusionResult<Vec<u8>> {
    let mut writer = ComponentWriter {
        component,
        fused,
        output: Output::new(),
        modules: 0,
        instances: 0,
        counts: HashMap::new(),
        numbers: HashMap::new(),
        is_fused: None,
    };
    for section in &component.sections {
        match section {
            ComponentSection::Raw { id, data } => {
                writer.output.section(&RawSection { id: *id, data });
            }
            ComponentSection::Aliases(aliases) => {
                let mut section = ComponentAliasSection::new();
                for alias in aliases {
                    section.alias(RoundtripReencoder.component_alias(alias.clone())?);
                }
                if !aliases.is_empty() {
                    writer.output.section(&section);
                }
            }
            ComponentSection::Canon(number) => writer.canon(*number)?,
        }
    }
    let instance = writer.instance()?;
    if let Some(late) = late {
        let mut listed = Vec::new();
        for (name, canon) in &late.imports {
            listed.push((
                name.as_str(),
                ExportKind::Func,
                writer.number(ExternKind::Func, CoreItem::Canon(*canon))?,
            ));
        }
        let listed = writer.bag(listed);
        writer.instantiate(&late.module, &[(FUSED, instance), (LATE, listed)]);
    }
    Ok(writer.output.finish())
}

struct ComponentWriter<'c> {
    component: &'c ParsedComponent<'c>,
    fused: &'c FusedModule,
    output: Output,
    modules: u32,
    instances: u32,
    /// Number of core items of each kind.
    counts: HashMap<ExternKind, u32>,
    numbers: HashMap<(ExternKind, CoreItem), u32>,
    /// The index of the fused module's instance, once it is written.
    is_fused: Option<u32>,
}

impl ComponentWriter<'_> {
    fn canon(&mut self, number: usize) -> FusionResult<()> {
        let component = self.component;
        let canon = &component.canons[number];
        if canon.is_late() {
            self.instance()?;
        }
        let mut section = CanonicalFunctionSection::new();
        self.parse_component_canonical(&mut section, canon.function.clone())?;
        self.output.section(&section);
        if !matches!(canon.function, CanonicalFunction::Lift { .. }) {
            self.count(ExternKind::Func, CoreItem::Canon(number));
        }
        Ok(())
    }

    /// Instantiates the fused module, if that has not been done.
    fn instance(&mut self) -> FusionResult<u32> {
        if let Some(instance) = self.is_fused {
            return Ok(instance);
        }
        let mut listed = Vec::new();
        for (name, canon) in &self.fused.imports {
            // All its imports exist at this point, because they preceded the modules that need them.
            listed.push((
                name.as_str(),
                ExportKind::Func,
                self.number(ExternKind::Func, CoreItem::Canon(*canon))?,
            ));
        }
        let host = self.bag(listed);
        let instance = self.instantiate(&self.fused.module, &[(HOST, host)]);
        self.is_fused = Some(instance);
        let mut section = ComponentAliasSection::new();
        for ((kind, item), name) in &self.fused.exports {
            let exported = match kind {
                ExternKind::Func => ExportKind::Func,
                ExternKind::Table => ExportKind::Table,
                ExternKind::Memory => ExportKind::Memory,
                ExternKind::Global => ExportKind::Global,
                ExternKind::Tag => ExportKind::Tag,
            };
            section.alias(Alias::CoreInstanceExport { instance, kind: exported, name });
            self.count(*kind, *item);
        }
        self.output.section(&section);
        Ok(instance)
    }

    fn bag(&mut self, listed: Vec<(&str, ExportKind, u32)>) -> u32 {
        let mut section = InstanceSection::new();
        section.export_items(listed);
        self.output.section(&section);
        self.instances += 1;
        self.instances - 1
    }

    fn instantiate(&mut self, module: &[u8], arguments: &[(&str, u32)]) -> u32 {
        self.output
            .section(&RawSection { id: wasm_encoder::ComponentSectionId::CoreModule as u8, data: module });
        let mut section = InstanceSection::new();
        let arguments = arguments.iter().map(|(name, instance)| (*name, ModuleArg::Instance(*instance)));
        section.instantiate(self.modules, arguments);
        self.output.section(&section);
        self.modules += 1;
        self.instances += 1;
        self.instances - 1
    }

    fn count(&mut self, kind: ExternKind, item: CoreItem) {
        let count = self.counts.entry(kind).or_default();
        self.numbers.insert((kind, item), *count);
        *count += 1;
    }

    fn number(&self, kind: ExternKind, item: CoreItem) -> FusionResult<u32> {
        let found = self.numbers.get(&(kind, item));
        found.copied().ok_or_else(|| FusionObstacle::new("a function is needed before it can be made"))
    }

    fn renumbered(&self, kind: ExternKind, index: u32) -> Result<u32, ReencodeError<FusionObstacle>> {
        Ok(self.number(kind, self.component.core.at(kind, index)?)?)
    }
}

impl Reencode for ComponentWriter<'_> {
    type Error = FusionObstacle;

    fn function_index(&mut self, index: u32) -> Result<u32, ReencodeError<FusionObstacle>> {
        self.renumbered(ExternKind::Func, index)
    }

    fn table_index(&mut self, index: u32) -> Result<u32, ReencodeError<FusionObstacle>> {
        self.renumbered(ExternKind::Table, index)
    }

    fn memory_index(&mut self, index: u32) -> Result<u32, ReencodeError<FusionObstacle>> {
        self.renumbered(ExternKind::Memory, index)
    }
}

impl ReencodeComponent for ComponentWriter<'_> {}
