/* What libraries made for Emscripten expect of their C library, where ours lacks it or means something else by the
 * same name. The function `X` of Emscripten is `__eryx_X` here: adapting a library renames its imports to those that
 * this library exports. docs/emscripten-abi.md compares both C libraries, function by function. */

#include "libc.h"
#include <stddef.h>
#include <stdint.h>

#define EXPORTED __attribute__((visibility("default")))

/* ---- clocks: Emscripten numbers them as Linux does, wasi-libc has the address of an object for each ---- */

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
    /* One thread, alone in its process: the time it has run is the time that has passed. */
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

/* ---- exceptions: one tag for all libraries, so that what one throws another can catch ---- */

__asm__(".tagtype __cpp_exception i32\n"
        ".globl __cpp_exception\n"
        "__cpp_exception:\n");

enum { CPP_EXCEPTION = 0 };

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
