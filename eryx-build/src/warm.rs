//! Warm: runs the interpreter and the imports now, and keeps its memory as the start image of every sandbox.

use eryx_rt::__private::tree::Tree;
use eryx_rt::bundle::Entropy;
use wasmtime::component::{Lift, WasmList};
use wasmtime_wizer::ComponentInstanceState;

use crate::context::BuildContext;
use crate::error::{Error, Result};
use crate::exception_tags;
use crate::guest::{Guest, Interpreter, RunningCode, wizer};
use crate::link::Component;

/// A component with the memory of an interpreter that has started and imported the declared modules.
#[derive(Debug)]
pub struct Snapshot {
    pub(crate) component: Vec<u8>,
    entropy: Vec<Entropy>,
}

impl Snapshot {
    /// The WebAssembly bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.component
    }

    /// Returns the places where the imports drew entropy. Values derived from it are the same in every sandbox, unless
    /// they are renewed.
    pub fn entropy(&self) -> &[Entropy] {
        &self.entropy
    }
}

/// Starts `component`, imports `imports` from `tree`, and takes the snapshot. `seed` decides all randomness of the
/// imports, including Python's hash seed.
///
/// # Errors
/// When an import raises an exception. The error contains Python's traceback, and blames the import.
pub(crate) fn warm(
    component: &Component,
    guest: &Guest,
    tree: Tree,
    imports: &[String],
    seed: &[u8],
    context: &BuildContext,
) -> Result<Snapshot> {
    let subject = if imports.is_empty() { "the interpreter".to_owned() } else { imports.join(", ") };
    let progress = context.reporter.begin("Warming", &subject, None);
    let warmed = async {
        let mut interpreter = guest.start(tree, seed, context.allowance).await?;
        // The interpreter draws entropy for its hash seed at its start. This draw does not belong to an import.
        call_warm(&mut interpreter, &[]).await?;
        interpreter.draws.take();
        let mut entropy = Vec::new();
        for (index, import) in imports.iter().enumerate() {
            call_warm(&mut interpreter, std::slice::from_ref(import))
                .await
                .map_err(|e| e.blame("imports", Some(index)))?;
            entropy.extend(interpreter.draws.take().into_iter().map(|(place, draws)| {
                // A draw between two modules has no place, so it counts for the import.
                let RunningCode { module, stack, renewed } =
                    place.unwrap_or_else(|| RunningCode::of_module(import));
                Entropy::new(import.clone(), module, stack, draws, renewed)
            }));
        }
        // From here on, the snapshot tool's own functions read the whole memory, so lists of any length are valid.
        interpreter.store.set_hostcall_fuel(usize::MAX);
        let wizer = wizer();
        let (shown, hidden) = exception_tags::hide(component.as_bytes())?;
        let (instrumented, _) = wizer.instrument_component(&shown).map_err(Error::of_wasmtime)?;
        let component = wizer
            .snapshot_component(&instrumented, &mut InterpreterState(&mut interpreter))
            .await
            .map_err(Error::of_wasmtime)?;
        let component = hidden.restore(&component)?;
        Ok(Snapshot { component, entropy })
    };
    let doing = if imports.is_empty() { "its start".to_owned() } else { format!("importing {subject}") };
    let snapshot = guest
        .run(&doing, context.allowance, warmed)
        .map_err(|error| if error.blamed().is_none() { error.blame("imports", None) } else { error })?;
    progress.finish("");
    Ok(snapshot)
}

async fn call_warm(interpreter: &mut Interpreter, imports: &[String]) -> Result<()> {
    let build = interpreter.sandbox.eryx_sandbox_build();
    match build.call_warm(&mut interpreter.store, imports).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(failed)) => {
            let traceback = failed.error.traceback.trim_end();
            let error = Error::new(format!("`import {}` failed in the sandbox\n{traceback}", failed.module));
            if let Some(help) = interpreter.memory_help().filter(|_| failed.error.kind == "MemoryError") {
                return Err(error.help(help));
            }
            Err(match failed.error.kind.as_str() {
                "ModuleNotFoundError" => error
                    .help("add the package that has the missing module to `packages`, or remove the import"),
                _ => error.help("remove it from `imports` if it only works at run time"),
            })
        }
        Err(error) => Err(interpreter.crashed(&format!("importing {}", imports.join(", ")), &error)),
    }
}

/// Reads the interpreter's memory and globals for the snapshot tool, through functions that the tool has added.
struct InterpreterState<'i>(&'i mut Interpreter);

impl InterpreterState<'_> {
    async fn call<R: Lift + Send + Sync + 'static>(&mut self, instance: &str, function: &str) -> R {
        let Interpreter { store, instance: component, .. } = &mut *self.0;
        let missing = "the instrumented component exports the functions of the tool";
        let (_, instance) = component.get_export(&mut *store, None, instance).expect(missing);
        let (_, function) = component.get_export(&mut *store, Some(&instance), function).expect(missing);
        let function = component.get_typed_func::<(), (R,)>(&mut *store, function).expect(missing);
        let (result,) = function.call_async(&mut *store, ()).await.expect("the instruments do not trap");
        result
    }
}

impl ComponentInstanceState for InterpreterState<'_> {
    async fn call_func_ret_list_u8(
        &mut self,
        instance: &str,
        func: &str,
        contents: impl FnOnce(&[u8]) + Send,
    ) {
        let list: WasmList<u8> = self.call(instance, func).await;
        contents(list.as_le_slice(&self.0.store));
    }

    async fn call_func_ret_s32(&mut self, instance: &str, func: &str) -> i32 {
        self.call(instance, func).await
    }

    async fn call_func_ret_s64(&mut self, instance: &str, func: &str) -> i64 {
        self.call(instance, func).await
    }

    async fn call_func_ret_f32(&mut self, instance: &str, func: &str) -> u32 {
        self.call::<f32>(instance, func).await.to_bits()
    }

    async fn call_func_ret_f64(&mut self, instance: &str, func: &str) -> u64 {
        self.call::<f64>(instance, func).await.to_bits()
    }
}
