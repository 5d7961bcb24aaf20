//! Bundle: runs all steps in order, and writes the artifact.

use std::path::PathBuf;

use eryx_rt::__private::tree::Tree;
use eryx_rt::__private::{Compression, Writer};
use eryx_rt::bundle::{BundleId, Manifest, Reader, SectionKind};
use eryx_runtime::base::CPYTHON_3_14;

use crate::assemble::{SitePackages, assemble};
use crate::base::Base;
use crate::bytecode::{self, with_bytecode};
use crate::context::BuildContext;
use crate::declare::{self, Cpu, Spec};
use crate::error::{Context as _, Error, Result};
use crate::fetch::fetch;
use crate::frontend::WheelBuilder;
use crate::guest::Guest;
use crate::link::link;
use crate::lock::{self, LockFile, LockedPins};
use crate::pin::PinSource;
use crate::{adapt, compile, fixed, fuse, image, materials, tool, warm};

/// Level of `compression = "zstd-max"`. Higher levels take much memory to decompress.
const SMALLEST: i32 = 19;

/// Settings of a build that are not part of the spec.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct BuildOptions {
    /// Target triple to compile for; the host's if `None`.
    pub target: Option<String>,
    /// Use of `eryx.lock`.
    pub lock: lock::Policy,
}

/// A finished bundle.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct BuiltBundle {
    /// The `.eryx` file in the cache. It stays until the cache is pruned, so copy it to keep it.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// Its identity.
    pub id: BundleId,
    /// Its manifest.
    pub manifest: Manifest,
    /// Files whose change requires another bundle: declaration, lock, local wheels, the user's own modules.
    pub inputs: Vec<PathBuf>,
    /// Whether the bundle came from the cache, without any work.
    pub fresh: bool,
}

/// Builds the bundle that `spec` declares. Only steps whose inputs changed run again.
///
/// Equal specs give equal bytes: the folder, the date and the state of the cache do not matter.
///
/// # Errors
/// The error of the first step that fails. A failed build leaves no partial files behind.
pub fn build(spec: &Spec, options: &BuildOptions, context: &BuildContext) -> Result<BuiltBundle> {
    spec.check()?;
    let target = options.target.as_deref().unwrap_or(compile::HOST);
    let arch = target.split('-').next().unwrap_or_default();
    let cpu = spec.cpu_for(arch)?;

    let context = &context.for_spec(spec);
    let locked = lock::pins(spec, options.lock, context)?;
    let declared = options.lock != lock::Policy::Ignore;
    from_pins(spec, target, cpu, &locked, declared, context).map_err(|error| spec.located(error))
}

/// Downloads everything that later builds need: the wheels of the declared bundle and of every other bundle in its
/// folder's lock, and the base runtime. Builds the sdists among them. Returns the number of distributions.
///
/// # Errors
/// The error of the first step that fails.
pub fn fetch_all(spec: &Spec, options: &BuildOptions, context: &BuildContext) -> Result<usize> {
    spec.check()?;
    let context = &context.for_spec(spec);
    let mut pins = lock::pins(spec, options.lock, context)?.pins;
    fetch(&pins, &WheelBuilder::new(context), context).map_err(|error| spec.located(error))?;
    let others = LockFile::read(&lock::path_in(&spec.base_dir))?;
    let others = others.sections.into_iter().filter(|(name, _)| *name != spec.bundle_name());
    for (name, section) in others {
        fetch(&section.pins, &WheelBuilder::new(context), context)
            .context(|| format!("the packages of the bundle `{name}` could not be fetched"))?;
        pins.extend(section.pins);
    }
    Base::open(context)?;
    pins.sort_by(|one, other| (&one.name, &one.version).cmp(&(&other.name, &other.version)));
    pins.dedup_by(|one, other| (&one.name, &one.version) == (&other.name, &other.version));
    Ok(pins.len())
}

/// Runs the steps after pinning, which know the declaration's values but not their places. `declared` says whether the
/// declaration is a file in the spec's folder; only then may files of that folder count as inputs.
fn from_pins(
    spec: &Spec,
    target: &str,
    cpu: Cpu,
    locked: &LockedPins,
    declared: bool,
    context: &BuildContext,
) -> Result<BuiltBundle> {
    let wheels = fetch(&locked.pins, &WheelBuilder::new(context), context)?;
    let packages = assemble(&wheels, spec.python_dir().as_deref())?;
    let inputs = inputs(spec, locked, declared, &packages);

    let materials = materials::bill(&packages, &locked.pins, &CPYTHON_3_14)?;
    let key = key(spec, target, cpu, &packages, &materials);
    let _lock = context.cache.lock("bundle", &key)?;
    if let Some(path) = context.cache.get("bundle", &key) {
        match open(path, inputs.clone(), true) {
            Ok(built) => return Ok(built),
            Err(error) => tracing::warn!(%error, "bundle in the cache is damaged, building again"),
        }
    }

    let base = Base::open(context)?.keeping(&spec.stdlib);
    let extensions = adapt::adapt(&packages.libraries, &base, context)?;
    let component = link(&base, &extensions)?;
    let guest = Guest::load(&component, context)?;
    // Compiling bytecode needs no native code. The cache nearly always has the interpreter without extensions, which
    // all bundles share. If it does not, compiling that interpreter is not worth the time: the other one makes the same
    // bytecode.
    let shared = if extensions.is_empty() { None } else { Guest::load_cached(&link(&base, &[])?, context)? };

    let files = with_bytecode(&base, &packages, &wheels, shared.as_ref().unwrap_or(&guest), context)?;
    let tree_bytes = bytecode::pack(&files)?;
    let tree = Tree::new(tree_bytes.clone()).context(|| "the file tree could not be packed")?;
    let mut snapshot = warm::warm(&component, &guest, tree, &spec.imports, key.as_bytes(), context)?;
    if spec.fuse {
        fuse::fuse(&mut snapshot, context)?;
    }
    let imaged = image::take(snapshot.as_bytes())?;
    let obstacle = fixed::obstacle(&imaged.component)?;
    let code = compile::compile(&imaged.component, target, cpu, spec.fuel, context)?;

    let mut manifest = Manifest::new(
        base.runtime().python_version.into(),
        base.runtime().abi_id(),
        target.into(),
        cpu.to_string(),
    );
    manifest.fuel = spec.fuel;
    manifest.snapshot_obstacle = obstacle;
    manifest.imports.clone_from(&spec.imports);
    manifest.requirements.clone_from(&spec.packages);
    manifest.packages = packages.packages;
    manifest.fused = spec.fuse;
    manifest.entropy = snapshot.entropy().to_vec();
    let compression = match spec.compression {
        declare::Compression::Zstd => Compression::default(),
        declare::Compression::ZstdMax => Compression::Zstd(SMALLEST),
        declare::Compression::None => Compression::None,
    };
    let progress = context.reporter.begin("Bundling", "", None);
    let path = context.cache.put("bundle", &key, |path| {
        let mut file =
            std::io::BufWriter::new(fs_err::File::create(path).context(|| "cannot write to the cache")?);
        let compiled = code.reader()?;
        let writer = Writer::new(&manifest);
        // The cache has the machine code with the default compression.
        let writer = if compression == Compression::default() {
            writer.copied(&compiled, SectionKind::Code)
        } else {
            compiled.read_section(SectionKind::Code).map(|code| writer.section(SectionKind::Code, code))
        };
        writer
            .context(|| "the compiled code is damaged")?
            .section(SectionKind::Tree, &tree_bytes[..])
            .section(SectionKind::Image, &imaged.image[..])
            .section(SectionKind::Materials, &materials[..])
            .finish_to(compression, &mut file)
            .context(|| "the bundle could not be written")?;
        std::io::Write::flush(&mut file).context(|| "cannot write to the cache")
    })?;
    progress.finish("");
    open(path, inputs, false)
}

/// Returns a hash of everything that decides the bytes of a bundle.
fn key(spec: &Spec, target: &str, cpu: Cpu, packages: &SitePackages, materials: &[u8]) -> String {
    let mut hash = blake3::Hasher::new();
    let mut add = |text: &str| {
        hash.update(&(text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    };
    add(tool::identity());
    add(&CPYTHON_3_14.abi_id());
    add(target);
    add(&cpu.to_string());
    add(spec.compression.as_str());
    add(if spec.fuse { "fused" } else { "unfused" });
    if spec.fuel {
        add("fuel");
    }
    // An import may behave differently when an allocation fails.
    if let Some(memory) = &spec.build_memory {
        add("memory");
        add(memory);
    }
    for list in [&spec.packages, &spec.imports, &spec.stdlib] {
        add(&list.len().to_string());
        for item in list {
            add(item);
        }
    }
    hash.update(packages.key().as_bytes());
    // Equal files may come in different wheels, and the bundle names its wheels.
    hash.update(blake3::hash(materials).as_bytes());
    hash.finalize().to_hex().to_string()
}

/// Returns the files on this machine that went into the bundle.
fn inputs(spec: &Spec, locked: &LockedPins, declared: bool, packages: &SitePackages) -> Vec<PathBuf> {
    let declarations = ["Cargo.toml", "eryx.toml"].map(|name| spec.base_dir.join(name));
    let declarations = declarations.into_iter().filter(|path| declared && path.is_file());
    let declarations = declarations.chain(spec.imported_files().iter().cloned()).chain(locked.path.clone());
    let wheels = locked.pins.iter().filter_map(|pin| match &pin.source {
        PinSource::Path(path, _) => Some(path.clone()),
        PinSource::Index(_) | PinSource::Url(..) | PinSource::Folder(_) => None,
    });
    declarations.chain(wheels).chain(packages.own_files.iter().cloned()).collect()
}

fn open(path: PathBuf, inputs: Vec<PathBuf>, fresh: bool) -> Result<BuiltBundle> {
    let bytes = fs_err::read(&path).context(|| "the bundle cannot be read back")?;
    let damaged = || "the bundle in the cache is damaged";
    let reader = Reader::new(&bytes).context(damaged)?;
    let manifest = reader.manifest().context(damaged)?;
    if manifest.abi != CPYTHON_3_14.abi_id() {
        return Err(Error::new("the bundle in the cache is of another base runtime"));
    }
    Ok(BuiltBundle { size: bytes.len() as u64, id: reader.id(), path, manifest, inputs, fresh })
}
