//! Tells the crate what target it is compiled for: a bundle holds machine code for one target.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=ERYX_TARGET_TRIPLE={}", std::env::var("TARGET").expect("cargo sets TARGET"));
}
