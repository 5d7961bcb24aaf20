//! Where nothing may be built, all forms still have their type, in a crate without unsafe code too.
#![forbid(unsafe_code)]
#![deny(warnings)]

/// Stands for the facade.
pub mod facade {
    pub struct Bundle(pub &'static str);
    pub mod __private {
        pub const fn placeholder(why: &'static str) -> super::Bundle {
            super::Bundle(why)
        }
    }
}

static DECLARED: facade::Bundle = eryx_macros::embed!(
    crate = crate::facade,
    packages = ["six==1.17.0"],
    imports = ["six"],
    python = "src/python",
);
const MANIFEST: facade::Bundle = eryx_macros::embed!(crate = crate::facade);

fn main() {
    let local = eryx_macros::embed!(crate = facade, cpu = "native");
    for bundle in [&DECLARED, &MANIFEST, &local] {
        assert!(bundle.0.contains("ERYX_SKIP_BUNDLE"));
    }
}
