//! Compiles Python sources with interpreters of the guest.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use eryx_rt::__private::tree::Tree;
use eryx_runtime::base::CPYTHON_3_14;
use eryx_runtime::layout;

use super::files::{GuestFiles, pack};
use super::invalid_source::InvalidSource;
use crate::bounds::Allowance;
use crate::context::BuildContext;
use crate::error::{Context as _, Error, Result};
use crate::guest::Guest;
use crate::report::Progress;
use crate::tool;

/// Number of source files in a portion.
const PORTION: usize = 100;

/// Exceptions of `compile` for a file that is not valid Python 3.14.
const NOT_PYTHON: &[&str] =
    &["SyntaxError", "IndentationError", "TabError", "ValueError", "UnicodeDecodeError"];

/// Returns the path of a source file's bytecode.
pub(crate) fn pyc_path(source: &str) -> String {
    let (folder, name) = source.rsplit_once('/').unwrap_or(("", source));
    format!("{folder}/__pycache__/{}.cpython-314.pyc", name.trim_end_matches(".py"))
}

/// Returns the bytecode of all `.py` files in `sources`, by the bytecode's path. The cache provides it if the same
/// sources were compiled before.
///
/// `library` packs the standard library for the interpreters that compile. It is called only if the cache lacks the
/// bytecode.
pub(crate) fn compile(
    subject: &str,
    sources: &GuestFiles,
    invalid: InvalidSource,
    guest: &Guest,
    library: impl FnOnce() -> Result<Tree>,
    context: &BuildContext,
) -> Result<GuestFiles> {
    let modules: Vec<(&String, &Vec<u8>)> =
        sources.iter().filter(|(path, _)| path.ends_with(".py")).collect();
    if modules.is_empty() {
        return Ok(GuestFiles::new());
    }
    let key = {
        let mut hash = blake3::Hasher::new();
        hash.update(tool::identity().as_bytes());
        hash.update(CPYTHON_3_14.abi_id().as_bytes());
        for (path, content) in &modules {
            hash.update(&(path.len() as u64).to_le_bytes());
            hash.update(path.as_bytes());
            hash.update(&(content.len() as u64).to_le_bytes());
            hash.update(content);
        }
        hash.finalize().to_hex().to_string()
    };
    let _lock = context.cache.lock("bytecode", &key)?;
    if let Some(path) = context.cache.get("bytecode", &key) {
        if let Some(files) = fs_err::read(path).ok().and_then(|bytes| Tree::new(bytes).ok()) {
            return Ok(files.files().map(|(path, content)| (path, content.to_vec())).collect());
        }
        tracing::warn!("bytecode in the cache is damaged, compiling again");
    }
    let total = modules.iter().map(|(_, content)| content.len() as u64).sum();
    let progress = context.reporter.begin("Compiling", &format!("bytecode of {subject}"), Some(total));

    // A small allowance in the declaration is meant for imports, not for the compiler, which also compiles the standard
    // library.
    let allowance = context.allowance.at_least(Allowance::default());
    let library = library()?;
    let portions: Vec<_> = modules.chunks(PORTION).collect();
    let next = AtomicUsize::new(0);
    let done = Mutex::new(GuestFiles::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(portions.len());
    std::thread::scope(|scope| {
        let work = || -> Result<()> {
            while let Some(portion) = portions.get(next.fetch_add(1, Ordering::Relaxed)) {
                let doing = format!("compiling the bytecode of {subject}");
                let compiled = compile_portion(guest, &library, portion, invalid, allowance, &*progress);
                let compiled = guest.run(&doing, allowance, compiled)?;
                done.lock().map_err(|_| Error::new("a compiling thread panicked"))?.extend(compiled);
            }
            Ok(())
        };
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect::<Result<Vec<()>>>()
    })?;
    let files = done.into_inner().map_err(|_| Error::new("a compiling thread panicked"))?;
    let packed = pack(&files)?;
    context
        .cache
        .put("bytecode", &key, |path| fs_err::write(path, &packed).context(|| "cannot write to the cache"))?;
    progress.finish(&format!("{} files", files.len()));
    Ok(files)
}

async fn compile_portion(
    guest: &Guest,
    library: &Tree,
    portion: &[(&String, &Vec<u8>)],
    invalid: InvalidSource,
    allowance: Allowance,
    progress: &dyn Progress,
) -> Result<GuestFiles> {
    let mut interpreter = guest.start(library.clone(), b"bytecode", allowance).await?;
    let mut files = GuestFiles::new();
    for (path, source) in portion {
        let build = interpreter.sandbox.eryx_sandbox_build();
        match build.call_compile(&mut interpreter.store, source, path).await {
            Ok(Ok(pyc)) => {
                files.insert(pyc_path(path), pyc);
            }
            Ok(Err(exception)) if invalid == InvalidSource::Refuse => {
                let own = path.strip_prefix(layout::APP).unwrap_or(path).trim_start_matches('/');
                return Err(Error::new(format!(
                    "`{own}` does not compile\n{}",
                    exception.traceback.trim_end()
                ))
                .help("correct it, or move it out of the folder: every `.py` file there is compiled")
                .blame("python", None));
            }
            Ok(Err(exception)) if NOT_PYTHON.contains(&exception.kind.as_str()) => {
                tracing::debug!(path, error = %exception.message, "no bytecode");
            }
            Ok(Err(exception)) => {
                let traceback = exception.traceback.trim_end();
                let error = Error::new(format!("`{path}` could not be compiled\n{traceback}"));
                return Err(match interpreter.memory_help() {
                    Some(help) => error.help(help),
                    None => error,
                });
            }
            Err(error) => return Err(interpreter.crashed(&format!("compiling {path}"), &error)),
        }
        progress.advance(source.len() as u64);
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytecode_lies_where_cpython_looks() {
        assert_eq!(
            pyc_path("/usr/lib/python3.14/json/decoder.py"),
            "/usr/lib/python3.14/json/__pycache__/decoder.cpython-314.pyc"
        );
    }
}
