/* The result of an execution, a value or an exception, from Python to WIT. The Python side passes tuples whose
 * items stand in the order of the WIT records' fields. */

#include "guest.h"
#include <stdlib.h>
#include <string.h>

PyObject *py_describe_exception;

/* If a later field fails, the earlier fields are freed, so all fields start out empty. */
#define EMPTY(to) memset((to), 0, sizeof *(to))

static bool string_item(PyObject *tuple, Py_ssize_t index, sandbox_string_t *to) {
    PyObject *item = PyTuple_GetItem(tuple, index);
    return item && string_from_py(item, to);
}

/* Room for `length` items, all zero. */
static void *room(Py_ssize_t length, size_t size) {
    void *items = calloc(length ? (size_t)length : 1, size);
    if (items == NULL)
        __builtin_trap();
    return items;
}

static bool frames_item(PyObject *tuple, Py_ssize_t index, eryx_sandbox_types_list_frame_t *to) {
    PyObject *frames = PyTuple_GetItem(tuple, index);
    Py_ssize_t length = frames ? PyList_Size(frames) : -1;
    if (length < 0)
        return false;
    to->ptr = room(length, sizeof *to->ptr);
    to->len = (size_t)length;
    for (Py_ssize_t i = 0; i < length; i++) {
        PyObject *frame = PyList_GetItem(frames, i);
        eryx_sandbox_types_frame_t *one = &to->ptr[i];
        PyObject *line = PyTuple_GetItem(frame, 1);
        if (line == NULL || !string_item(frame, 0, &one->file) || !string_item(frame, 2, &one->function) ||
            !string_item(frame, 3, &one->source))
            return false;
        one->line = (uint32_t)PyLong_AsLong(line);
    }
    return true;
}

static bool chained_item(PyObject *tuple, Py_ssize_t index, eryx_sandbox_types_list_chained_t *to) {
    PyObject *chained = PyTuple_GetItem(tuple, index);
    Py_ssize_t length = chained ? PyList_Size(chained) : -1;
    if (length < 0)
        return false;
    to->ptr = room(length, sizeof *to->ptr);
    to->len = (size_t)length;
    for (Py_ssize_t i = 0; i < length; i++) {
        PyObject *exception = PyList_GetItem(chained, i);
        eryx_sandbox_types_chained_t *one = &to->ptr[i];
        PyObject *relation = PyTuple_GetItem(exception, 0), *of = PyTuple_GetItem(exception, 1);
        if (relation == NULL || of == NULL || !string_item(exception, 2, &one->kind) ||
            !string_item(exception, 3, &one->message) || !frames_item(exception, 4, &one->frames))
            return false;
        one->relation = (eryx_sandbox_types_relation_t)PyLong_AsLong(relation);
        one->of.is_some = of != Py_None;
        if (one->of.is_some)
            one->of.val = (uint32_t)PyLong_AsLong(of);
    }
    return true;
}

static bool describe(PyObject *error, eryx_sandbox_types_exception_t *to) {
    PyObject *parts = error ? PyObject_CallFunctionObjArgs(py_describe_exception, error, NULL) : NULL;
    PyObject *code = parts ? PyTuple_GetItem(parts, 5) : NULL;
    bool ok = code && string_item(parts, 0, &to->kind) && string_item(parts, 1, &to->message) &&
              string_item(parts, 2, &to->traceback) && frames_item(parts, 3, &to->frames) &&
              chained_item(parts, 4, &to->chained);
    if (ok && code != Py_None) {
        to->exit_code.is_some = true;
        to->exit_code.val = (int32_t)PyLong_AsLong(code);
    }
    if (parts)
        Py_DecRef(parts);
    return ok && !PyErr_Occurred();
}

void take_exception(eryx_sandbox_types_exception_t *to) {
    PyObject *error = PyErr_GetRaisedException();
    EMPTY(to);
    bool ok = describe(error, to);
    if (error)
        Py_DecRef(error);
    if (ok)
        return;
    PyErr_Clear();
    eryx_sandbox_types_exception_free(to);
    EMPTY(to);
    sandbox_string_dup(&to->kind, "SystemError");
    sandbox_string_dup(&to->message, "an exception could not be described");
    sandbox_string_dup(&to->traceback, "SystemError: an exception could not be described\n");
}

bool take_value(PyObject *value, eryx_sandbox_types_value_t *to) {
    EMPTY(to);
    if (value == Py_None) {
        to->tag = ERYX_SANDBOX_TYPES_VALUE_NONE;
        return true;
    }
    Py_ssize_t length;
    const char *json = PyUnicode_AsUTF8AndSize(value, &length);
    if (json) {
        to->tag = ERYX_SANDBOX_TYPES_VALUE_JSON;
        sandbox_string_dup_n(&to->val.json, json, (size_t)length);
        return true;
    }
    PyErr_Clear();
    eryx_sandbox_types_unrepresentable_t *other = &to->val.other;
    to->tag = ERYX_SANDBOX_TYPES_VALUE_OTHER;
    if (string_item(value, 0, &other->kind) && string_item(value, 1, &other->repr) &&
        string_item(value, 2, &other->reason))
        return true;
    eryx_sandbox_types_value_free(to);
    return false;
}
