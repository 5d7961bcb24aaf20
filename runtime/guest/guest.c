/* The guest: implements the WIT world `sandbox` by passing every call to a Python function, and exposes the host's
 * functions to Python as the module `_eryx`. Policy lives in the Python files (runtime/python); this file only
 * converts values; result.c does those of results. Errors are Python exceptions until they cross into WIT. */

#include "guest.h"
#include <stdlib.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default")))

/* wasi-libc: forgets the preopened directories it looked up, and looks them up again on next use. A snapshot must not
 * keep handles: the table they index belongs to the instance that took it. */
extern void __wasilibc_reset_preopens(void);

/* Python functions, each looked up once. They are never released. */
static PyObject *py_execute, *py_reset, *py_compile_module, *py_warm, *py_describe;
/* Makes the exception of a failed callback. Set by the bootstrap. */
static PyObject *callback_error;

/* ---- exceptions ---- */

static PyObject *raise_call_error(eryx_sandbox_host_call_error_t *error) {
    PyObject *kind = string_to_py(&error->kind);
    PyObject *message = kind ? string_to_py(&error->message) : NULL;
    PyObject *exception = message ? PyObject_CallFunctionObjArgs(callback_error, kind, message, NULL) : NULL;
    if (exception) {
        PyErr_SetObject((PyObject *)exception->ob_type, exception);
        Py_DecRef(exception);
    }
    if (message)
        Py_DecRef(message);
    if (kind)
        Py_DecRef(kind);
    eryx_sandbox_host_call_error_free(error);
    return NULL;
}

/* ---- the module `_eryx` ---- */

/* Most bytes of one write or read. The host copies each as a whole; the rest follows in the next one. */
#define MOST_BYTES (1 << 20)

static PyObject *eryx_write(PyObject *self, PyObject *args) {
    (void)self;
    int fd;
    PyObject *object;
    Py_buffer view;
    if (!PyArg_ParseTuple(args, "iO", &fd, &object) || PyObject_GetBuffer(object, &view, PyBUF_SIMPLE) != 0)
        return NULL;
    size_t length = view.len < MOST_BYTES ? (size_t)view.len : MOST_BYTES;
    sandbox_list_u8_t bytes = {view.buf, length};
    if (bytes.len)
        eryx_sandbox_host_write(fd == 2 ? ERYX_SANDBOX_HOST_STDIO_STDERR : ERYX_SANDBOX_HOST_STDIO_STDOUT, &bytes);
    PyBuffer_Release(&view);
    return PyLong_FromLong((long)length);
}

static PyObject *eryx_read(PyObject *self, PyObject *most) {
    (void)self;
    long length = PyLong_AsLong(most);
    if (PyErr_Occurred())
        return NULL;
    sandbox_list_u8_t bytes;
    sandbox_string_t error;
    if (!eryx_sandbox_host_read(length < 0 || length > MOST_BYTES ? MOST_BYTES : (uint32_t)length, &bytes, &error)) {
        PyObject *message = string_to_py(&error);
        sandbox_string_free(&error);
        if (message) {
            PyErr_SetObject(PyExc_OSError, message);
            Py_DecRef(message);
        }
        return NULL;
    }
    PyObject *result = PyBytes_FromStringAndSize((const char *)bytes.ptr, (Py_ssize_t)bytes.len);
    sandbox_list_u8_free(&bytes);
    return result;
}

/* Both strings borrow from the Python objects in `args`. */
static bool name_and_arguments(PyObject *args, sandbox_string_t *name, sandbox_string_t *arguments) {
    const char *name_text, *arguments_text;
    Py_ssize_t name_length, arguments_length;
    if (!PyArg_ParseTuple(args, "s#s#", &name_text, &name_length, &arguments_text, &arguments_length))
        return false;
    *name = (sandbox_string_t){(uint8_t *)name_text, (size_t)name_length};
    *arguments = (sandbox_string_t){(uint8_t *)arguments_text, (size_t)arguments_length};
    return true;
}

static PyObject *eryx_call(PyObject *self, PyObject *args) {
    (void)self;
    sandbox_string_t name, arguments, answer;
    eryx_sandbox_host_call_error_t error;
    if (!name_and_arguments(args, &name, &arguments))
        return NULL;
    if (!eryx_sandbox_host_call(&name, &arguments, &answer, &error))
        return raise_call_error(&error);
    PyObject *result = string_to_py(&answer);
    sandbox_string_free(&answer);
    return result;
}

static PyObject *eryx_start(PyObject *self, PyObject *args) {
    (void)self;
    sandbox_string_t name, arguments;
    uint64_t id;
    eryx_sandbox_host_call_error_t error;
    if (!name_and_arguments(args, &name, &arguments))
        return NULL;
    if (!eryx_sandbox_host_start(&name, &arguments, &id, &error))
        return raise_call_error(&error);
    return PyLong_FromUnsignedLongLong(id);
}

PyObject *completion_to_py(const eryx_sandbox_host_completion_t *completion) {
    if (!completion->answer.is_err) {
        const sandbox_string_t *answer = &completion->answer.val.ok;
        return Py_BuildValue("(Kzs#)", completion->id, NULL, answer->ptr, (Py_ssize_t)answer->len);
    }
    const eryx_sandbox_host_call_error_t *error = &completion->answer.val.err;
    return Py_BuildValue("(Ks#s#)", completion->id, error->kind.ptr, (Py_ssize_t)error->kind.len, error->message.ptr,
                         (Py_ssize_t)error->message.len);
}

/* wait(timeout in nanoseconds or None) -> None, or (id, kind of error or None, text): None means text is the answer. */
static PyObject *eryx_wait(PyObject *self, PyObject *timeout) {
    (void)self;
    uint64_t nanoseconds = 0;
    if (timeout != Py_None) {
        nanoseconds = PyLong_AsUnsignedLongLong(timeout);
        if (PyErr_Occurred())
            return NULL;
    }
    eryx_sandbox_host_completion_t completion;
    if (!eryx_sandbox_host_wait(timeout == Py_None ? NULL : &nanoseconds, &completion)) {
        Py_IncRef(Py_None);
        return Py_None;
    }
    PyObject *result = completion_to_py(&completion);
    eryx_sandbox_host_completion_free(&completion);
    return result;
}

static PyObject *eryx_cancel(PyObject *self, PyObject *id) {
    (void)self;
    uint64_t number = PyLong_AsUnsignedLongLong(id);
    if (PyErr_Occurred())
        return NULL;
    eryx_sandbox_host_cancel(number);
    Py_IncRef(Py_None);
    return Py_None;
}

static PyObject *eryx_callbacks(PyObject *self, PyObject *unused) {
    (void)self, (void)unused;
    sandbox_list_string_t names;
    eryx_sandbox_host_callbacks(&names);
    PyObject *list = PyList_New((Py_ssize_t)names.len);
    for (size_t i = 0; list && i < names.len; i++) {
        PyObject *name = string_to_py(&names.ptr[i]);
        if (name == NULL || PyList_SetItem(list, (Py_ssize_t)i, name) != 0) {
            Py_DecRef(list);
            list = NULL;
        }
    }
    sandbox_list_string_free(&names);
    return list;
}

static PyObject *eryx_describe(PyObject *self, PyObject *unicode) {
    (void)self;
    Py_ssize_t length;
    const char *text = PyUnicode_AsUTF8AndSize(unicode, &length);
    if (text == NULL)
        return NULL;
    sandbox_string_t name = {(uint8_t *)text, (size_t)length}, facts;
    if (!eryx_sandbox_host_describe(&name, &facts)) {
        Py_IncRef(Py_None);
        return Py_None;
    }
    PyObject *result = string_to_py(&facts);
    sandbox_string_free(&facts);
    return result;
}

static PyObject *eryx_set_callback_error(PyObject *self, PyObject *make) {
    (void)self;
    Py_IncRef(make);
    callback_error = make;
    Py_IncRef(Py_None);
    return Py_None;
}

static PyMethodDef methods[] = {
    {"write", eryx_write, METH_VARARGS, "write(fd, bytes) -> count: hand output to the host"},
    {"read", eryx_read, METH_O, "read(most) -> bytes: standard input; empty at its end"},
    {"call", eryx_call, METH_VARARGS, "call(name, json) -> json: call a callback and wait"},
    {"start", eryx_start, METH_VARARGS, "start(name, json) -> id: start a callback"},
    {"wait", eryx_wait, METH_O, "wait(nanoseconds or None) -> (id, error kind or None, text) or None"},
    {"cancel", eryx_cancel, METH_O, "cancel(id): drop a started callback"},
    {"callbacks", eryx_callbacks, METH_NOARGS, "callbacks() -> [name]"},
    {"describe", eryx_describe, METH_O, "describe(name) -> json or None: what is known of a callback"},
    {"set_callback_error", eryx_set_callback_error, METH_O, "set_callback_error(function of kind and message)"},
    {0},
};

static PyModuleDef module = {.m_name = "_eryx", .m_size = -1, .m_methods = methods};

/* settings.c */
PyObject *init_eryx_settings(void);

static PyObject *init_eryx(void) { return PyModule_Create2(&module, PYTHON_API_VERSION); }

/* ---- start of the interpreter ---- */

static char *const search_paths[] = {
    "/app",
    "/usr/lib/eryx",
    "/usr/lib/python3.14",
    "/usr/lib/python3.14/site-packages",
};

static _Noreturn void fail(const char *message) {
    /* Streams must not be opened yet, so the host's own channel carries the reason, and the trap ends the guest. */
    sandbox_list_u8_t bytes = {(uint8_t *)message, strlen(message)};
    eryx_sandbox_host_write(ERYX_SANDBOX_HOST_STDIO_STDERR, &bytes);
    __builtin_trap();
}

static PyObject *attribute(const char *module_name, const char *name) {
    PyObject *owner = PyImport_ImportModule(module_name);
    PyObject *value = owner ? PyObject_GetAttrString(owner, name) : NULL;
    if (value == NULL) {
        eryx_sandbox_types_exception_t error;
        if (py_describe_exception) {
            take_exception(&error);
            sandbox_list_u8_t bytes = {error.traceback.ptr, error.traceback.len};
            eryx_sandbox_host_write(ERYX_SANDBOX_HOST_STDIO_STDERR, &bytes);
        }
        fail("eryx: the guest's own Python files did not load\n");
    }
    Py_DecRef(owner);
    return value;
}

static void start_interpreter(void) {
    if (py_execute)
        return;
    PyInitConfig *config = PyInitConfig_Create();
    if (config == NULL || PyInitConfig_SetStr(config, "home", "/usr") != 0 ||
        PyInitConfig_SetStrList(config, "module_search_paths", sizeof search_paths / sizeof *search_paths,
                                search_paths) != 0 ||
        PyInitConfig_SetInt(config, "write_bytecode", 0) != 0 ||
        PyInitConfig_SetInt(config, "install_signal_handlers", 0) != 0 ||
        /* The tree's .pyc files are unchecked-hash: they must not be compared with times. */
        PyInitConfig_SetStr(config, "check_hash_pycs_mode", "default") != 0 ||
        PyInitConfig_AddModule(config, "_eryx", init_eryx) != 0 ||
        PyInitConfig_AddModule(config, "_eryx_net", init_eryx_net) != 0 ||
        PyInitConfig_AddModule(config, "_eryx_settings", init_eryx_settings) != 0 ||
        Py_InitializeFromInitConfig(config) != 0) {
        const char *message = NULL;
        if (config)
            PyInitConfig_GetError(config, &message);
        fail(message ? message : "eryx: CPython could not be configured\n");
    }
    PyInitConfig_Free(config);
    py_describe_exception = attribute("eryx._errors", "describe");
    py_reset = attribute("eryx._session", "reset");
    PyObject *opened = PyObject_CallNoArgs(attribute("eryx._streams", "install"));
    PyObject *ready = opened ? PyObject_CallNoArgs(py_reset) : NULL;
    if (ready == NULL)
        fail("eryx: the session could not be set up\n");
    Py_DecRef(opened);
    Py_DecRef(ready);
    py_execute = attribute("eryx._session", "execute");
}

static void load_build_functions(void) {
    start_interpreter();
    if (py_describe)
        return;
    py_compile_module = attribute("eryx._build", "compile_module");
    py_warm = attribute("eryx._build", "warm");
    py_describe = attribute("eryx._build", "describe");
}

/* ---- exports: guest ---- */

/* A str, or None for an absent string. Frees the string, which may be large. NULL is an exception. */
static PyObject *take_string(sandbox_string_t *string) {
    if (string == NULL) {
        Py_IncRef(Py_None);
        return Py_None;
    }
    PyObject *unicode = string_to_py(string);
    sandbox_string_free(string);
    return unicode;
}

EXPORTED bool exports_eryx_sandbox_guest_execute(sandbox_string_t *source, sandbox_string_t *filename,
                                                 sandbox_string_t *inputs, sandbox_string_t *answer,
                                                 exports_eryx_sandbox_guest_value_t *ret,
                                                 exports_eryx_sandbox_guest_exception_t *err) {
    start_interpreter();
    PyObject *arguments[] = {take_string(source), take_string(filename), take_string(inputs), take_string(answer)};
    bool ok = arguments[0] && arguments[1] && arguments[2] && arguments[3];
    PyObject *value = ok ? PyObject_Vectorcall(py_execute, arguments, 4, NULL) : NULL;
    ok = value && take_value(value, ret);
    if (!ok)
        take_exception(err);
    if (value)
        Py_DecRef(value);
    for (int i = 0; i < 4; i++)
        if (arguments[i])
            Py_DecRef(arguments[i]);
    return ok;
}

EXPORTED void exports_eryx_sandbox_guest_reset(void) {
    start_interpreter();
    PyObject *done = PyObject_CallNoArgs(py_reset);
    if (done == NULL)
        fail("eryx: the session could not be reset\n");
    Py_DecRef(done);
}

/* ---- exports: build ---- */

EXPORTED bool exports_eryx_sandbox_build_compile(sandbox_list_u8_t *source, sandbox_string_t *path,
                                                 sandbox_list_u8_t *ret,
                                                 exports_eryx_sandbox_build_exception_t *err) {
    load_build_functions();
    PyObject *py_source = PyBytes_FromStringAndSize((const char *)source->ptr, (Py_ssize_t)source->len);
    PyObject *py_path = string_to_py(path);
    sandbox_list_u8_free(source);
    sandbox_string_free(path);
    PyObject *code = NULL;
    if (py_source && py_path)
        code = PyObject_CallFunctionObjArgs(py_compile_module, py_source, py_path, NULL);
    char *bytes;
    Py_ssize_t length;
    bool ok = code && PyBytes_AsStringAndSize(code, &bytes, &length) == 0;
    if (ok) {
        ret->len = (size_t)length;
        ret->ptr = malloc(ret->len ? ret->len : 1);
        if (ret->ptr == NULL)
            __builtin_trap();
        memcpy(ret->ptr, bytes, ret->len);
    } else {
        take_exception(err);
    }
    if (code)
        Py_DecRef(code);
    if (py_path)
        Py_DecRef(py_path);
    if (py_source)
        Py_DecRef(py_source);
    return ok;
}

EXPORTED bool exports_eryx_sandbox_build_warm(sandbox_list_string_t *imports,
                                              exports_eryx_sandbox_build_failed_import_t *err) {
    load_build_functions();
    PyObject *list = PyList_New((Py_ssize_t)imports->len);
    for (size_t i = 0; list && i < imports->len; i++) {
        PyObject *name = string_to_py(&imports->ptr[i]);
        if (name == NULL || PyList_SetItem(list, (Py_ssize_t)i, name) != 0)
            fail("eryx: no memory for the names of the imports\n");
    }
    sandbox_list_string_free(imports);
    PyObject *failure = list ? PyObject_CallFunctionObjArgs(py_warm, list, NULL) : NULL;
    bool ok = failure == Py_None;
    if (failure == NULL) {
        sandbox_string_dup(&err->module, "");
        take_exception(&err->error);
    } else if (!ok) {
        PyObject *error = PyTuple_GetItem(failure, 1);
        if (!string_from_py(PyTuple_GetItem(failure, 0), &err->module))
            sandbox_string_dup(&err->module, "");
        PyErr_SetObject((PyObject *)error->ob_type, error);
        take_exception(&err->error);
    }
    if (failure)
        Py_DecRef(failure);
    if (list)
        Py_DecRef(list);
    __wasilibc_reset_preopens();
    if (ok)
        settle_heap();
    return ok;
}

EXPORTED void exports_eryx_sandbox_build_describe(sandbox_string_t *ret) {
    load_build_functions();
    PyObject *text = PyObject_CallNoArgs(py_describe);
    if (text == NULL || !string_from_py(text, ret))
        fail("eryx: the interpreter could not be described\n");
    Py_DecRef(text);
}
