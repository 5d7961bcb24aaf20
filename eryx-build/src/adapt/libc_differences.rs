//! What Emscripten's C library and ours both have by one name, and do differently. `docs/emscripten-abi.md` tells the
//! whole story.

/// The name of the function in the compat library that does what Emscripten's does, if there is one.
pub(super) fn wrapper(name: &str) -> String {
    format!("__eryx_{name}")
}

/// How a function of our C library differs from Emscripten's of the same name, where no wrapper helps.
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
