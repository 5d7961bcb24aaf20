//! Fusing as the fuzzer calls it.

pub fn fuse(component: &[u8]) -> Result<Vec<u8>, String> {
    super::fused(component).map_err(|refused| refused.to_string())
}
