/* Snapshots of a live session: returns the host's handles before memory is copied, and acquires them again. */

#include "python.h"
#include "sandbox.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default")))

/* wasi-libc: looks up the preopened directories; closes all descriptors, including those and standard streams. Both are
 * reopened on next use. */
extern void __wasilibc_populate_preopens(void);
extern void __wasilibc_reset_preopens(void);

/* From posix/files.c: open files. A file is lost if its path no longer leads to it. */
extern int eryx_files_count(void);
extern int eryx_files_next_lost(int after);
extern const char *eryx_files_path(int fd);
extern void eryx_files_release(void);
extern void eryx_files_reopen(void);

static bool call_start(const char *name) {
    PyObject *module = PyImport_ImportModule("eryx._start");
    PyObject *function = module ? PyObject_GetAttrString(module, name) : NULL;
    PyObject *done = function ? PyObject_CallNoArgs(function) : NULL;
    bool ok = done != NULL;
    if (!ok)
        PyErr_Clear();
    if (done)
        Py_DecRef(done);
    if (function)
        Py_DecRef(function);
    if (module)
        Py_DecRef(module);
    return ok;
}

static void describe(int fd, sandbox_string_t *to) {
    const char *path = eryx_files_path(fd);
    if (path) {
        sandbox_string_dup(to, path);
        return;
    }
    char text[] = "file descriptor ..........";
    char *end = text + sizeof "file descriptor " - 1;
    int digits = 1;
    for (int rest = fd; rest >= 10; rest /= 10)
        digits++;
    for (int i = digits - 1, rest = fd; i >= 0; i--, rest /= 10)
        end[i] = (char)('0' + rest % 10);
    end[digits] = 0;
    sandbox_string_dup(to, text);
}

EXPORTED void exports_eryx_sandbox_snapshot_survey(exports_eryx_sandbox_snapshot_open_files_t *ret) {
    /* The host counts open handles, so the preopens must be open for a predictable count. */
    __wasilibc_populate_preopens();
    size_t lost = 0;
    for (int fd = eryx_files_next_lost(-1); fd >= 0; fd = eryx_files_next_lost(fd))
        lost++;
    ret->reopened = (uint32_t)eryx_files_count();
    ret->lost.len = 0;
    ret->lost.ptr = lost ? malloc(lost * sizeof *ret->lost.ptr) : NULL;
    if (lost && ret->lost.ptr == NULL)
        __builtin_trap();
    for (int fd = eryx_files_next_lost(-1); fd >= 0 && ret->lost.len < lost; fd = eryx_files_next_lost(fd))
        describe(fd, &ret->lost.ptr[ret->lost.len++]);
}

EXPORTED bool exports_eryx_sandbox_snapshot_release(void) {
    if (!call_start("release"))
        return false;
    eryx_files_release();
    __wasilibc_reset_preopens();
    return true;
}

EXPORTED void exports_eryx_sandbox_snapshot_resume(void) {
    eryx_files_reopen();
    call_start("resume");
}

EXPORTED void exports_eryx_sandbox_snapshot_reopen(void) { eryx_files_reopen(); }
