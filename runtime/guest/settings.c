/* The host's settings for a session: the module `_eryx_settings`. The recursion limit is here and not in Python because
 * Python code could otherwise reach the original function. */

#include "python.h"
#include "sandbox.h"
#include <stdbool.h>

static uint32_t most_recursion;

static PyObject *none(void) {
    Py_IncRef(Py_None);
    return Py_None;
}

/* Replaces `sys.setrecursionlimit`. */
static PyObject *set_recursion_limit(PyObject *self, PyObject *depth) {
    (void)self;
    long wanted = PyLong_AsLong(depth);
    if (PyErr_Occurred())
        return NULL;
    if (wanted < 1 || (unsigned long)wanted > most_recursion) {
        PyErr_SetString(PyExc_ValueError, "the recursion limit must be at least 1, and at most what the host allows");
        return NULL;
    }
    Py_SetRecursionLimit((int)wanted);
    return none();
}

static PyMethodDef set_recursion_limit_def = {
    "setrecursionlimit", set_recursion_limit, METH_O, "Set the maximum depth of recursion, up to what the host allows."};

static PyObject *limit_recursion(PyObject *self, PyObject *unused) {
    (void)self, (void)unused;
    if (!eryx_sandbox_settings_recursion(&most_recursion))
        return none();
    PyObject *function = PyCFunction_NewEx(&set_recursion_limit_def, NULL, NULL);
    if (function == NULL || PySys_SetObject("setrecursionlimit", function) != 0)
        return NULL;
    Py_DecRef(function);
    Py_SetRecursionLimit(most_recursion < 1 ? 1 : most_recursion > 1000000000 ? 1000000000 : (int)most_recursion);
    return none();
}

static PyObject *watched(PyObject *self, PyObject *unused) {
    (void)self, (void)unused;
    eryx_sandbox_settings_watch_t watch;
    if (!eryx_sandbox_settings_watched(&watch))
        return none();
    return Py_BuildValue("(iiK)", (int)watch.lines, (int)watch.calls, (unsigned long long)watch.interval);
}

static PyObject *report(PyObject *self, PyObject *args) {
    (void)self;
    int what, line;
    const char *function, *file;
    Py_ssize_t function_length, file_length;
    if (!PyArg_ParseTuple(args, "is#s#i", &what, &function, &function_length, &file, &file_length, &line))
        return NULL;
    if (what < 0 || what > ERYX_SANDBOX_SETTINGS_HAPPENING_RETURN) {
        PyErr_SetString(PyExc_ValueError, "no such happening");
        return NULL;
    }
    sandbox_string_t function_string = {(uint8_t *)function, (size_t)function_length};
    sandbox_string_t file_string = {(uint8_t *)file, (size_t)file_length};
    eryx_sandbox_settings_report((eryx_sandbox_settings_happening_t)what, &function_string, &file_string,
                                 (uint32_t)line);
    return none();
}

static PyMethodDef methods[] = {
    {"limit_recursion", limit_recursion, METH_NOARGS, "limit_recursion(): put the host's limit in force"},
    {"watched", watched, METH_NOARGS, "watched() -> (lines, calls, nanoseconds) or None"},
    {"report", report, METH_VARARGS, "report(what, function, file, line): tell the host"},
    {0},
};

static PyModuleDef module = {.m_name = "_eryx_settings", .m_size = -1, .m_methods = methods};

PyObject *init_eryx_settings(void) { return PyModule_Create2(&module, PYTHON_API_VERSION); }
