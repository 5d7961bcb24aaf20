//! Functions that Emscripten's C library and ours both have, with different behaviour. `docs/emscripten-abi.md` has the
//! details.

/// Returns the name that a wrapper with Emscripten's behaviour has in the compat library, whether or not it exists.
pub(super) fn wrapper(name: &str) -> String {
    format!("__eryx_{name}")
}

/// Describes how a function of our C library differs from Emscripten's, for functions that no wrapper can adapt.
pub(super) fn difference(name: &str) -> Option<&'static str> {
    DIFFERENT.iter().find(|(_, names)| names.contains(&name)).map(|(why, _)| *why)
}

const DIFFERENT: &[(&str, &[&str])] = &[
    ("`struct stat` has another layout", &["stat", "lstat", "fstat", "fstatat", "nftw", "ftw", "fts_read"]),
    (
        "`struct dirent` has another layout and other file types",
        &["readdir", "readdir_r", "scandir", "scandirat", "getdents", "posix_getdents"],
    ),
    ("commands and flags have other numbers", &["fcntl", "ioctl"]),
    ("events have other numbers", &["poll", "ppoll"]),
    ("`fd_set` has another layout", &["select", "pselect"]),
    (
        "`AT_FDCWD` and flags have other numbers",
        &["faccessat", "linkat", "mkdirat", "readlinkat", "renameat", "symlinkat", "unlinkat", "utimensat"],
    ),
    ("`struct rusage` has another layout", &["getrusage"]),
    ("`clock_t` has another size", &["times"]),
    ("clocks have other ids", &["clock_settime", "pthread_getcpuclockid", "timer_create"]),
    (
        "`sigset_t` and handlers have another layout",
        &[
            "pthread_sigmask",
            "sigaction",
            "sigaddset",
            "sigdelset",
            "sigemptyset",
            "sigfillset",
            "sigismember",
            "sigprocmask",
        ],
    ),
    (
        "addresses and options have other numbers",
        &[
            "accept",
            "accept4",
            "bind",
            "connect",
            "getaddrinfo",
            "getnameinfo",
            "getpeername",
            "getsockname",
            "getsockopt",
            "recvfrom",
            "recvmsg",
            "sendmsg",
            "sendto",
            "setsockopt",
            "socket",
            "socketpair",
        ],
    ),
    ("`struct statvfs` has another layout", &["statvfs", "fstatvfs"]),
    ("flags have other numbers", &["posix_fadvise"]),
];
