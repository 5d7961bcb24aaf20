//! The entry point of fusing for the fuzzer.

pub fn fuse(component: &[u8]) -> Result<Vec<u8>, String> {
    super::fused(component).map_err(|refused| refused.to_string())
}
