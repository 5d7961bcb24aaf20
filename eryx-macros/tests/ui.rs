//! What users see: mistakes in `embed!` point at the token they are in. Nothing is built here.

#[test]
fn ui() {
    // SAFETY: no other thread reads or writes the environment: this is the only test of its process, and the main thread
    // does nothing but wait for it.
    unsafe { std::env::set_var("ERYX_SKIP_BUNDLE", "1") };
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/placeholder.rs");
    cases.compile_fail("tests/ui/mistakes.rs");
}
