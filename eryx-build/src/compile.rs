//! Compile: WebAssembly to machine code, ahead of time, for the target machine.

use std::path::Path;

use eryx_rt::__private::engine::{Effort, compiler};
use eryx_rt::__private::{Compression, Writer};
use eryx_rt::bundle::{Manifest, Reader, SectionKind};

use crate::context::BuildContext;
use crate::declare::Cpu;
use crate::error::{Context as _, Error, Result};

/// Target triple of the machine that this crate runs on.
pub const HOST: &str = env!("ERYX_HOST");

/// Machine code as wasmtime serialises it, in a container without other sections: compressed, protected by a hash, and
/// ready to be copied into bundles.
#[derive(Debug)]
pub struct MachineCode(Vec<u8>);

impl MachineCode {
    /// Opens the container.
    pub(crate) fn reader(&self) -> Result<Reader<'_>> {
        Reader::new(&self.0).context(|| "the compiled code is damaged")
    }

    /// Opens machine code in the cache, if it is intact.
    fn open(path: &Path) -> Option<Self> {
        let code = Self(fs_err::read(path).ok()?);
        let whole = code.reader().is_ok_and(|reader| reader.verify().is_ok());
        if !whole {
            tracing::warn!(path = %path.display(), "code in the cache is damaged, compiling again");
        }
        whole.then_some(code)
    }
}

/// Cranelift's names for the instructions that each x86-64 level adds to the previous one (x86-64 psABI,
/// "micro-architecture levels").
const X86_64_V2: &[&str] =
    &["has_sse3", "has_ssse3", "has_sse41", "has_sse42", "has_popcnt", "has_cmpxchg16b"];
const X86_64_V3: &[&str] = &["has_avx", "has_avx2", "has_bmi1", "has_bmi2", "has_fma", "has_lzcnt"];
const X86_64_V4: &[&str] = &["has_avx512f", "has_avx512dq", "has_avx512vl"];

fn flags(cpu: Cpu) -> Vec<&'static str> {
    match cpu {
        Cpu::X86_64V2 => X86_64_V2.to_vec(),
        Cpu::X86_64V3 => [X86_64_V2, X86_64_V3].concat(),
        Cpu::X86_64V4 => [X86_64_V2, X86_64_V3, X86_64_V4].concat(),
        Cpu::Generic | Cpu::Native => Vec::new(),
    }
}

/// Compiles a component for `target` and `cpu`, or takes the result from the cache. With `fuel`, the code counts its
/// instructions.
///
/// The component no longer contains the start image, so all bundles with only pure packages share the same machine
/// code. The first such build compiles it.
///
/// # Errors
/// When the compiler does not know the target, or `cpu` is `native` and `target` is another machine.
pub(crate) fn compile(
    component: &[u8],
    target: &str,
    cpu: Cpu,
    fuel: bool,
    context: &BuildContext,
) -> Result<MachineCode> {
    let flags = flags(cpu);
    let engine = match cpu {
        Cpu::Native if target == HOST => compiler(None, Effort::Ship, fuel),
        Cpu::Native => {
            return Err(Error::new(format!(
                "`cpu = \"native\"` means this machine, and the target is {target}"
            ))
            .help("name a CPU level such as \"x86-64-v3\", or leave `cpu` out"));
        }
        _ => compiler(Some((target, &flags)), Effort::Ship, fuel),
    }
    .map_err(|error| {
        Error::of_wasmtime(error).help(format!("this build of cargo-eryx compiles for {HOST}"))
    })?;
    let key = {
        use std::hash::{Hash as _, Hasher as _};
        // The engine's own hash covers settings, wasmtime version and CPU features, but not the triple.
        let mut settings = std::hash::DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut settings);
        let mut hash = blake3::Hasher::new();
        hash.update(component);
        hash.update(&settings.finish().to_le_bytes());
        hash.update(target.as_bytes());
        hash.update(format!("{:?}", Compression::default()).as_bytes());
        hash.finalize().to_hex().to_string()
    };
    let _lock = context.cache.lock("code", &key)?;
    if let Some(code) = context.cache.get("code", &key).and_then(|path| MachineCode::open(&path)) {
        return Ok(code);
    }
    let progress = context.reporter.begin("Compiling", &format!("CPython for {target} ({cpu})"), None);
    let code = engine.precompile_component(component).map_err(Error::of_wasmtime)?;
    let manifest = Manifest::new(String::new(), String::new(), target.into(), cpu.to_string());
    let code = Writer::new(&manifest)
        .section(SectionKind::Code, code)
        .finish(Compression::default())
        .context(|| "the compiled code could not be packed")?;
    context
        .cache
        .put("code", &key, |path| fs_err::write(path, &code).context(|| "cannot write to the cache"))?;
    progress.finish("");
    Ok(MachineCode(code))
}
