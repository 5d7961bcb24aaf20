//! The code that `embed!` expands to.
//!
//! The assembler's `.incbin` brings the bytes in, so the compiler never sees them. On 64 MB `include_bytes!`
//! costs 5 s and 845 MB of memory, `.incbin` 1.4 s. But `.incbin` does not tell cargo that the crate depends
//! on the file. So the expansion also reads the small input files of the bundle with `include_bytes!`; the
//! bundle itself has its hash in its name and never changes.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use proc_macro2::TokenStream;
use quote::quote;

use crate::declaration::Declaration;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::names;
use crate::plugin;
use crate::protocol::{Ready, Request};
use crate::target;

/// Variables that influence the embedded bundle. The expansion reads each, so that a change recompiles the
/// crate.
const TRACKED: [&str; 3] = ["ERYX_SKIP_BUNDLE", "ERYX_TARGET", "DOCS_RS"];

/// The position of an expansion in its crate, as a number that is the same in every build of the same
/// sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Site(u64);

impl Site {
    /// `ordinal` counts the expansions in this compilation.
    pub(crate) fn new(
        environment: &Environment,
        file: &str,
        line_column: (usize, usize),
        ordinal: usize,
    ) -> Self {
        let manifest_dir = environment.get("CARGO_MANIFEST_DIR").unwrap_or_default();
        // The path is absolute for dependencies; without the folder, the symbol does not depend on the
        // machine.
        let file = Path::new(file).strip_prefix(&manifest_dir).unwrap_or(Path::new(file));
        let mut hasher = DefaultHasher::new();
        for name in ["CARGO_PKG_NAME", "CARGO_PKG_VERSION", "CARGO_CRATE_NAME"] {
            environment.get(name).hash(&mut hasher);
        }
        (file, line_column, ordinal).hash(&mut hasher);
        Self(hasher.finish())
    }
}

/// Expands one call: to a bundle, a placeholder, or compile errors.
pub(crate) fn expand(input: TokenStream, environment: &Environment, site: Site) -> TokenStream {
    let declaration = match syn::parse2::<Declaration>(input) {
        Ok(declaration) => declaration,
        Err(error) => return error.into_compile_error(),
    };
    if let Some(why) = environment.placeholder() {
        return placeholder(&declaration, why);
    }
    let bundle = request(environment, &declaration).and_then(|request| plugin::bundle(environment, &request));
    match bundle.and_then(|ready| names::check(&ready).map(|()| ready)) {
        Ok(ready) => embedded(&declaration, &ready, site),
        Err(failure) => {
            let span = declaration.span_of(failure.key.as_deref(), failure.index);
            syn::Error::new(span, failure).into_compile_error()
        }
    }
}

fn request(environment: &Environment, declaration: &Declaration) -> Result<Request, Failure> {
    let text = |name: &str| {
        let unreadable = || Failure::new(format!("the value of {name} is not UTF-8"));
        environment.get(name).map(|value| value.into_string().map_err(|_| unreadable())).transpose()
    };
    let manifest_dir = text("CARGO_MANIFEST_DIR")?.ok_or_else(|| {
        Failure::new("`embed!` does not know where the crate is: CARGO_MANIFEST_DIR is not set")
            .help("build with cargo, or set the variable to the folder of the crate's Cargo.toml")
    })?;
    Ok(Request {
        version: plugin::VERSION,
        manifest_dir,
        spec: declaration.spec(),
        target: text("ERYX_TARGET")?,
    })
}

fn tracked_variables() -> TokenStream {
    let names = TRACKED;
    quote! { #( const _: ::core::option::Option<&str> = ::core::option_env!(#names); )* }
}

fn placeholder(declaration: &Declaration, why: &str) -> TokenStream {
    let facade = declaration.facade();
    let tracked = tracked_variables();
    quote! {{
        #tracked
        #facade::__private::placeholder(#why)
    }}
}

fn embedded(declaration: &Declaration, ready: &Ready, site: Site) -> TokenStream {
    let facade = declaration.facade();
    let tracked = tracked_variables();
    let check = target_check(&ready.target);
    let inputs = &ready.inputs;
    let len = usize::try_from(ready.len).expect("compilers run on 64-bit hosts");

    let mut hasher = DefaultHasher::new();
    (site.0, Path::new(&ready.path).file_name()).hash(&mut hasher);
    let symbol = format!("eryx_bundle_{:016x}", hasher.finish());
    let elf = elf(&symbol, &ready.path, ready.len);
    let mach_o = mach_o(&symbol, &ready.path, ready.len);

    // `global_asm!` is an item of a module, not of a block.
    quote! {{
        mod __eryx_bundle {
            #check
            #[cfg(not(target_vendor = "apple"))]
            ::core::arch::global_asm!(#(#elf,)* options(raw));
            #[cfg(target_vendor = "apple")]
            ::core::arch::global_asm!(#(#mach_o,)* options(raw));
            // SAFETY: the assembly above defines the symbol as constant data of exactly this length;
            // otherwise the program does not link.
            unsafe extern "C" {
                #[link_name = #symbol]
                pub(super) static BYTES: [u8; #len];
            }
            #( const _: &[u8] = ::core::include_bytes!(#inputs); )*
            #tracked
        }
        // SAFETY: the assembly above defines the symbol as exactly this many bytes of constant data: if the
        // file has become shorter since it was measured, its `.org` fills it up; if the file has become
        // longer, it refuses it. The plugin made the bytes.
        unsafe { #facade::__private::embedded(&__eryx_bundle::BYTES) }
    }}
}

/// Assembly for ELF targets, line by line.
fn elf(symbol: &str, path: &str, len: u64) -> Vec<String> {
    vec![
        // Every assembler understands `%progbits`; in some, `@` begins a comment.
        ".pushsection .rodata.eryx,\"a\",%progbits".to_owned(),
        ".balign 4096".to_owned(),
        format!(".globl {symbol}"),
        // Not exported from shared libraries.
        format!(".hidden {symbol}"),
        format!(".type {symbol}, %object"),
        format!(".size {symbol}, {len}"),
        format!("{symbol}:"),
        format!(".incbin {}", quoted(path)),
        exactly(symbol, len),
        ".popsection".to_owned(),
    ]
}

/// Returns directives that put exactly this many bytes behind a symbol. They fill up a truncated file with
/// zeros, and its hash then fails; a file that has grown is an error of the assembler.
fn exactly(symbol: &str, len: u64) -> String {
    format!(".org {symbol} + {len}")
}

/// Assembly for Apple's targets, where C symbols begin with an underscore.
fn mach_o(symbol: &str, path: &str, len: u64) -> Vec<String> {
    vec![
        ".pushsection __TEXT,__const".to_owned(),
        ".p2align 14".to_owned(),
        format!(".globl _{symbol}"),
        format!(".private_extern _{symbol}"),
        format!("_{symbol}:"),
        format!(".incbin {}", quoted(path)),
        exactly(&format!("_{symbol}"), len),
        ".popsection".to_owned(),
    ]
}

/// Quotes a path as an assembler string, which has octal escapes.
fn quoted(path: &str) -> String {
    let mut quoted = String::from("\"");
    for character in path.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control.is_control() && control.is_ascii() => {
                let code = control as u32;
                quoted.push('\\');
                quoted.extend([6, 3, 0].map(|shift| char::from_digit(code >> shift & 7, 8).unwrap_or('0')));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// Returns a compile error for every other target. A macro cannot know the target it expands for, but `cfg`
/// does.
fn target_check(triple: &str) -> TokenStream {
    // For an unknown triple, the check happens at run time, which repeats it anyway.
    let Some((arch, os)) = target::arch_and_os(triple) else { return TokenStream::new() };
    let message = format!(
        "this bundle holds code for {triple}, but the crate is compiled for another target\n\
         help: build with `cargo eryx build --target TRIPLE`, or set ERYX_TARGET=TRIPLE"
    );
    quote! {
        #[cfg(not(all(target_arch = #arch, target_os = #os)))]
        ::core::compile_error!(#message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(variables: &[(&str, &str)], file: &str, ordinal: usize) -> Site {
        Site::new(&Environment::of(variables.iter().copied()), file, (3, 9), ordinal)
    }

    fn ready() -> Ready {
        Ready {
            path: "/cache/ab \"12\".eryx".into(),
            len: 4711,
            target: "x86_64-unknown-linux-gnu".into(),
            inputs: vec!["/crate/eryx.toml".into(), "/crate/src/a.py".into()],
            locked: None,
            warnings: Vec::new(),
        }
    }

    fn text(tokens: &TokenStream) -> String {
        syn::parse2::<syn::Expr>(tokens.clone()).expect("an expression");
        tokens.to_string()
    }

    #[test]
    fn a_placeholder_needs_no_plugin() {
        let environment = Environment::of([("ERYX_SKIP_BUNDLE", "1")]);
        let tokens = expand(quote!(packages = ["six==1.17.0"]), &environment, site(&[], "src/main.rs", 0));
        let text = text(&tokens);
        assert!(text.contains(":: eryx :: __private :: placeholder"), "{text}");
        assert!(text.contains("option_env ! (\"ERYX_SKIP_BUNDLE\")"), "{text}");
    }

    #[test]
    fn syntax_errors_are_reported_even_when_nothing_is_built() {
        let environment = Environment::of([("ERYX_SKIP_BUNDLE", "1")]);
        let tokens = expand(quote!(package = []), &environment, site(&[], "src/main.rs", 0)).to_string();
        assert!(tokens.contains("compile_error") && tokens.contains("did you mean"), "{tokens}");
    }

    #[test]
    fn a_missing_manifest_dir_is_explained() {
        let tokens = expand(quote!(), &Environment::of([]), site(&[], "src/main.rs", 0)).to_string();
        assert!(tokens.contains("CARGO_MANIFEST_DIR is not set"), "{tokens}");
    }

    #[test]
    fn the_bundle_is_included_tracked_and_checked() {
        let declaration = syn::parse2(quote!(crate = ::eryx_rt)).unwrap();
        let text = text(&embedded(&declaration, &ready(), Site(7)));
        assert!(text.contains(r#"".incbin \"/cache/ab \\\"12\\\".eryx\"""#), "{text}");
        assert!(text.contains("[u8 ; 4711usize]"), "{text}");
        // The static is as long as the measured data, even if the file changes later.
        assert!(text.matches(" + 4711\"").count() == 2 && text.contains("\".org eryx_bundle_"), "{text}");
        assert!(text.contains(r#"target_arch = "x86_64" , target_os = "linux""#), "{text}");
        assert!(text.contains(r#"include_bytes ! ("/crate/eryx.toml")"#), "{text}");
        assert!(text.contains(r#"include_bytes ! ("/crate/src/a.py")"#), "{text}");
        assert!(text.contains(r#"option_env ! ("ERYX_TARGET")"#), "{text}");
        assert!(text.contains(":: eryx_rt :: __private :: embedded"), "{text}");
    }

    #[test]
    fn symbols_differ_by_place_and_not_by_machine() {
        let here = [("CARGO_PKG_NAME", "a"), ("CARGO_CRATE_NAME", "a"), ("CARGO_MANIFEST_DIR", "/one")];
        let there = [("CARGO_PKG_NAME", "a"), ("CARGO_CRATE_NAME", "a"), ("CARGO_MANIFEST_DIR", "/two")];
        assert_eq!(site(&here, "/one/src/lib.rs", 0), site(&there, "/two/src/lib.rs", 0));
        // A library and a program of one package share their crate name.
        assert_ne!(site(&here, "/one/src/lib.rs", 0), site(&here, "/one/src/main.rs", 0));
        assert_ne!(site(&here, "/one/src/lib.rs", 0), site(&here, "/one/src/lib.rs", 1));
        assert_ne!(
            site(&here, "src/lib.rs", 0),
            site(&[("CARGO_PKG_NAME", "b"), here[1], here[2]], "src/lib.rs", 0)
        );
    }

    #[test]
    fn paths_are_escaped_for_the_assembler() {
        assert_eq!(quoted("/a b/ü{}.eryx"), "\"/a b/ü{}.eryx\"");
        assert_eq!(quoted("/a\"b\\c\n"), "\"/a\\\"b\\\\c\\012\"");
    }
}
