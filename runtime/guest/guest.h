/* Declarations that the guest's source files share. */
#pragma once
#include "python.h"
#include "sandbox.h"
#include <stdbool.h>

static inline PyObject *string_to_py(const sandbox_string_t *string) {
    return PyUnicode_FromStringAndSize((const char *)string->ptr, (Py_ssize_t)string->len);
}

/* Copies a str into a WIT string that the canonical ABI will free. False, with an exception set, if it is not a str. */
static inline bool string_from_py(PyObject *unicode, sandbox_string_t *string) {
    Py_ssize_t length;
    const char *text = PyUnicode_AsUTF8AndSize(unicode, &length);
    if (text == NULL)
        return false;
    sandbox_string_dup_n(string, text, (size_t)length);
    return true;
}

/* result.c: the result of an execution. */

/* `eryx._errors.describe`, given when the interpreter starts. */
extern PyObject *py_describe_exception;

/* Fills `to` from the exception that is set, which is then cleared. Never fails: if Python cannot even describe the
 * exception (for example without memory), the description is a fixed text. */
void take_exception(eryx_sandbox_types_exception_t *to);

/* Fills `to` from the result of `eryx._session.execute`. False, with an exception set, if that fails. */
bool take_value(PyObject *value, eryx_sandbox_types_value_t *to);

/* guest.c: (id, kind of error or None, text) of a callback; None means that the text is the answer. */
PyObject *completion_to_py(const eryx_sandbox_host_completion_t *completion);

/* net.c: the module `_eryx_net`. */
PyObject *init_eryx_net(void);

/* settle.c: makes the heap dense, before the start image is taken. Objects that live then are never freed. */
void settle_heap(void);
