//! What users see: mistakes in `embed!` point at the token they are in. Nothing is built here.

#[test]
fn ui() {
    // SAFETY: this test is alone in its process, and no thread runs yet.
    unsafe { std::env::set_var("ERYX_SKIP_BUNDLE", "1") };
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/placeholder.rs");
    cases.compile_fail("tests/ui/mistakes.rs");
}
