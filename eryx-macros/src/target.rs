//! Target triples, in the detail that the expansion checks.

/// Returns the `target_arch` and `target_os` of a triple, as `cfg` names them; `None` for a triple that is
/// not in this list.
///
/// Only these two matter to machine code made from WebAssembly: it makes no calls into the C library, so one
/// bundle serves both `x86_64-unknown-linux-gnu` and `x86_64-unknown-linux-musl`.
pub(crate) fn arch_and_os(triple: &str) -> Option<(&'static str, &'static str)> {
    let (arch, rest) = triple.split_once('-')?;
    let arch = match arch {
        "x86_64" => "x86_64",
        "aarch64" => "aarch64",
        "riscv64gc" | "riscv64" => "riscv64",
        "s390x" => "s390x",
        _ => return None,
    };
    // The form is `vendor-os[-env]`, except that Android leaves out the vendor and counts as an environment
    // of Linux.
    let parts: Vec<&str> = rest.split('-').collect();
    let os = match parts.as_slice() {
        [.., "android"] => "android",
        [_, "linux", ..] => "linux",
        [_, "darwin"] => "macos",
        [_, "windows", ..] => "windows",
        [_, "freebsd"] => "freebsd",
        _ => return None,
    };
    Some((arch, os))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triples_are_taken_apart() {
        for (triple, expected) in [
            ("x86_64-unknown-linux-gnu", Some(("x86_64", "linux"))),
            ("x86_64-unknown-linux-musl", Some(("x86_64", "linux"))),
            ("aarch64-apple-darwin", Some(("aarch64", "macos"))),
            ("aarch64-linux-android", Some(("aarch64", "android"))),
            ("riscv64gc-unknown-linux-gnu", Some(("riscv64", "linux"))),
            ("x86_64-pc-windows-msvc", Some(("x86_64", "windows"))),
            ("wasm32-wasip2", None),
            ("nonsense", None),
        ] {
            assert_eq!(arch_and_os(triple), expected, "{triple}");
        }
    }

    #[test]
    fn the_host_is_known() {
        if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            assert_eq!(
                arch_and_os("x86_64-unknown-linux-gnu"),
                Some((std::env::consts::ARCH, std::env::consts::OS))
            );
        }
    }
}
