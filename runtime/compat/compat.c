/* Functions that libraries made for Emscripten expect of their C library, if ours lacks them or has others by the
 * same name. The function `X` of Emscripten is `__eryx_X` here: adapting a library renames its imports to those that
 * this library exports. docs/emscripten-abi.md compares both C libraries, function by function. */

#include "libc.h"
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define EXPORTED __attribute__((visibility("default")))

/* ---- clocks: Emscripten has the numbers of Linux, wasi-libc has the address of an object for each ---- */

enum { EMSCRIPTEN_CLOCK_REALTIME = 0, EMSCRIPTEN_CLOCK_MONOTONIC = 1, EMSCRIPTEN_CLOCK_PROCESS_CPUTIME = 2,
       EMSCRIPTEN_CLOCK_THREAD_CPUTIME = 3, EMSCRIPTEN_CLOCK_MONOTONIC_RAW = 4, EMSCRIPTEN_CLOCK_REALTIME_COARSE = 5,
       EMSCRIPTEN_CLOCK_MONOTONIC_COARSE = 6, EMSCRIPTEN_CLOCK_BOOTTIME = 7 };

/* NULL for a clock that a sandbox does not have. */
static clockid_t clock_of(int id) {
    switch (id) {
    case EMSCRIPTEN_CLOCK_REALTIME:
    case EMSCRIPTEN_CLOCK_REALTIME_COARSE:
        return &_CLOCK_REALTIME;
    case EMSCRIPTEN_CLOCK_MONOTONIC:
    case EMSCRIPTEN_CLOCK_MONOTONIC_RAW:
    case EMSCRIPTEN_CLOCK_MONOTONIC_COARSE:
    case EMSCRIPTEN_CLOCK_BOOTTIME:
    /* One thread, alone in its process: its CPU time is the time that has passed. */
    case EMSCRIPTEN_CLOCK_PROCESS_CPUTIME:
    case EMSCRIPTEN_CLOCK_THREAD_CPUTIME:
        return &_CLOCK_MONOTONIC;
    default:
        return NULL;
    }
}

EXPORTED int __eryx_clock_gettime(int id, struct timespec *time) {
    clockid_t clock = clock_of(id);
    if (!clock) {
        errno = EINVAL;
        return -1;
    }
    return clock_gettime(clock, time);
}

EXPORTED int __eryx_clock_getres(int id, struct timespec *resolution) {
    clockid_t clock = clock_of(id);
    if (!clock) {
        errno = EINVAL;
        return -1;
    }
    return clock_getres(clock, resolution);
}

EXPORTED int __eryx_clock_nanosleep(int id, int flags, const struct timespec *wanted, struct timespec *left) {
    clockid_t clock = clock_of(id);
    return clock ? clock_nanosleep(clock, flags, wanted, left) : EINVAL;
}

EXPORTED int __eryx_pthread_condattr_setclock(pthread_condattr_t *attributes, int id) {
    clockid_t clock = clock_of(id);
    return clock ? pthread_condattr_setclock(attributes, clock) : EINVAL;
}

/* Emscripten's `clock_t` has 32 bits and counts microseconds; ours has 64 and counts nanoseconds. */
EXPORTED long __eryx_clock(void) {
    return (long)(clock() / 1000);
}

EXPORTED double emscripten_get_now(void) {
    struct timespec now;
    if (clock_gettime(&_CLOCK_MONOTONIC, &now) != 0)
        return 0;
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* ---- calendar: our `struct tm` has one more field at its end, and these two write all of it ---- */

EXPORTED time_t __eryx_mktime(struct emscripten_tm *time) {
    struct tm ours = {*time, 0};
    time_t result = mktime(&ours);
    *time = ours.common;
    return result;
}

EXPORTED time_t __eryx_timegm(struct emscripten_tm *time) {
    struct tm ours = {*time, 0};
    time_t result = timegm(&ours);
    *time = ours.common;
    return result;
}

/* ---- files: flags ---- */

enum { EMSCRIPTEN_O_ACCMODE = 03, EMSCRIPTEN_O_WRONLY = 01, EMSCRIPTEN_O_RDWR = 02, EMSCRIPTEN_O_CREAT = 0100,
       EMSCRIPTEN_O_EXCL = 0200, EMSCRIPTEN_O_TRUNC = 01000, EMSCRIPTEN_O_APPEND = 02000,
       EMSCRIPTEN_O_NONBLOCK = 04000, EMSCRIPTEN_O_DSYNC = 010000, EMSCRIPTEN_O_DIRECTORY = 0200000,
       EMSCRIPTEN_O_NOFOLLOW = 0400000, EMSCRIPTEN_O_SYNC = 04000000, EMSCRIPTEN_O_TMPFILE = 020000000,
       EMSCRIPTEN_AT_FDCWD = -100 };

/* The other flags have no meaning in a sandbox: terminals, exec, file sizes of 32 bits. */
static int open_flags(int flags) {
    int access = flags & EMSCRIPTEN_O_ACCMODE;
    return (access == EMSCRIPTEN_O_RDWR ? O_RDWR : access == EMSCRIPTEN_O_WRONLY ? O_WRONLY : O_RDONLY)
        | (flags & EMSCRIPTEN_O_CREAT ? O_CREAT : 0) | (flags & EMSCRIPTEN_O_EXCL ? O_EXCL : 0)
        | (flags & EMSCRIPTEN_O_TRUNC ? O_TRUNC : 0) | (flags & EMSCRIPTEN_O_APPEND ? O_APPEND : 0)
        | (flags & EMSCRIPTEN_O_NONBLOCK ? O_NONBLOCK : 0) | (flags & EMSCRIPTEN_O_DSYNC ? O_DSYNC : 0)
        | (flags & EMSCRIPTEN_O_SYNC ? O_SYNC : 0) | (flags & EMSCRIPTEN_O_DIRECTORY ? O_DIRECTORY : 0)
        | (flags & EMSCRIPTEN_O_NOFOLLOW ? O_NOFOLLOW : 0);
}

static int open_at(int folder, const char *path, int flags, va_list rest) {
    if (flags & EMSCRIPTEN_O_TMPFILE) {
        errno = EINVAL;
        return -1;
    }
    int mode = flags & EMSCRIPTEN_O_CREAT ? va_arg(rest, int) : 0;
    return openat(folder == EMSCRIPTEN_AT_FDCWD ? AT_FDCWD : folder, path, open_flags(flags), mode);
}

EXPORTED int __eryx_open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int file = open_at(EMSCRIPTEN_AT_FDCWD, path, flags, rest);
    va_end(rest);
    return file;
}

EXPORTED int __eryx_openat(int folder, const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int file = open_at(folder, path, flags, rest);
    va_end(rest);
    return file;
}

/* ---- exceptions: one tag for all libraries, so that one can catch the exceptions of another ---- */

__asm__(".tagtype __cpp_exception i32\n"
        ".globl __cpp_exception\n"
        "__cpp_exception:\n"
        ".tagtype __c_longjmp i32\n"
        ".globl __c_longjmp\n"
        "__c_longjmp:\n");

/* The numbers of clang. */
enum { CPP_EXCEPTION = 0, C_LONGJMP = 1 };

struct _Unwind_Exception;
typedef void (*_Unwind_Cleanup)(int reason, struct _Unwind_Exception *exception);

struct _Unwind_Exception {
    uint64_t class;
    _Unwind_Cleanup cleanup;
    uintptr_t private_1, private_2;
};

enum { FOREIGN_EXCEPTION_CAUGHT = 1 };

EXPORTED int _Unwind_RaiseException(struct _Unwind_Exception *exception) {
    __builtin_wasm_throw(CPP_EXCEPTION, exception);
}

EXPORTED void _Unwind_DeleteException(struct _Unwind_Exception *exception) {
    if (exception->cleanup)
        exception->cleanup(FOREIGN_EXCEPTION_CAUGHT, exception);
}

/* ---- setjmp and longjmp, as in tool-conventions/SetjmpLongjmp.md ---- */

/* The words of a `jmp_buf` that this library uses. */
struct jump {
    void *invocation;
    uint32_t label;
    struct {
        void *env;
        int value;
    } argument;
};

EXPORTED void __wasm_setjmp(struct jump *jump, uint32_t label, void *invocation) {
    jump->invocation = invocation;
    jump->label = label;
}

EXPORTED uint32_t __wasm_setjmp_test(const struct jump *jump, const void *invocation) {
    return jump->invocation == invocation ? jump->label : 0;
}

EXPORTED _Noreturn void __wasm_longjmp(struct jump *jump, int value) {
    jump->argument.env = jump;
    jump->argument.value = value ? value : 1;
    __builtin_wasm_throw(C_LONGJMP, &jump->argument);
}
