/* The module `_eryx_net`: the WIT interface `net` for Python. Sockets, `select` and TLS are made of it in
 * runtime/python/network; this file only converts values. */

#include "guest.h"
#include "python.h"
#include "sandbox.h"
#include <stdbool.h>
#include <stdlib.h>

/* Makes the exception for an error of the host: called with its number and message. Set by the Python files. */
static PyObject *make_error;

static PyObject *none(void) {
    Py_IncRef(Py_None);
    return Py_None;
}

static PyObject *text(const sandbox_string_t *string) {
    return PyUnicode_FromStringAndSize((const char *)string->ptr, (Py_ssize_t)string->len);
}

static PyObject *raise_error(eryx_sandbox_net_error_t *error) {
    PyObject *arguments = Py_BuildValue("is#", (int)error->code, error->message.ptr, (Py_ssize_t)error->message.len);
    eryx_sandbox_net_error_free(error);
    PyObject *code = arguments ? PyTuple_GetItem(arguments, 0) : NULL;
    PyObject *message = arguments ? PyTuple_GetItem(arguments, 1) : NULL;
    if (arguments && make_error == NULL)
        PyErr_SetObject(PyExc_RuntimeError, message);
    PyObject *exception = message && make_error ? PyObject_CallFunctionObjArgs(make_error, code, message, NULL) : NULL;
    if (exception) {
        PyErr_SetObject((PyObject *)exception->ob_type, exception);
        Py_DecRef(exception);
    }
    if (arguments)
        Py_DecRef(arguments);
    return NULL;
}

/* Points `*timeout` at `*storage`; NULL for None. False, with an exception set, for other types. */
static bool timeout_from_py(PyObject *object, uint64_t *storage, uint64_t **timeout) {
    *timeout = NULL;
    if (object == Py_None)
        return true;
    *storage = PyLong_AsUnsignedLongLong(object);
    *timeout = storage;
    return PyErr_Occurred() == NULL;
}

/* The number that is the only argument of some functions. */
static bool number_from_py(PyObject *object, uint32_t *number) {
    *number = (uint32_t)PyLong_AsUnsignedLongLong(object);
    return PyErr_Occurred() == NULL;
}

static PyObject *bytes_to_py(sandbox_list_u8_t *bytes) {
    PyObject *object = PyBytes_FromStringAndSize((const char *)bytes->ptr, (Py_ssize_t)bytes->len);
    sandbox_list_u8_free(bytes);
    return object;
}

/* A list of the results of `item` for each of `count` elements. */
static PyObject *list_of(const void *things, size_t count, size_t size, PyObject *(*item)(const void *)) {
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list && i < count; i++) {
        PyObject *one = item((const char *)things + i * size);
        if (one == NULL || PyList_SetItem(list, (Py_ssize_t)i, one) != 0) {
            Py_DecRef(list);
            list = NULL;
        }
    }
    return list;
}

static PyObject *string_item(const void *string) { return text(string); }

static PyObject *bytes_item(const void *list) {
    const sandbox_list_u8_t *bytes = list;
    return PyBytes_FromStringAndSize((const char *)bytes->ptr, (Py_ssize_t)bytes->len);
}

static PyObject *interest_item(const void *interest) {
    const eryx_sandbox_net_interest_t *one = interest;
    return Py_BuildValue("(Ii)", (unsigned)one->socket, (int)one->ends);
}

static PyObject *secret_item(const void *secret) {
    const eryx_sandbox_net_secret_t *one = secret;
    return Py_BuildValue("(s#s#)", one->name.ptr, (Py_ssize_t)one->name.len, one->placeholder.ptr,
                         (Py_ssize_t)one->placeholder.len);
}

/* ---- sockets ---- */

static PyObject *net_resolve(PyObject *self, PyObject *args) {
    (void)self;
    const char *name;
    Py_ssize_t length;
    if (!PyArg_ParseTuple(args, "s#", &name, &length))
        return NULL;
    sandbox_string_t string = {(uint8_t *)name, (size_t)length};
    sandbox_list_string_t addresses;
    eryx_sandbox_net_error_t error;
    if (!eryx_sandbox_net_resolve(&string, &addresses, &error))
        return raise_error(&error);
    PyObject *list = list_of(addresses.ptr, addresses.len, sizeof *addresses.ptr, string_item);
    sandbox_list_string_free(&addresses);
    return list;
}

static PyObject *net_connect(PyObject *self, PyObject *args) {
    (void)self;
    unsigned socket, port;
    const char *address;
    Py_ssize_t length;
    if (!PyArg_ParseTuple(args, "Is#I", &socket, &address, &length, &port))
        return NULL;
    sandbox_string_t string = {(uint8_t *)address, (size_t)length};
    eryx_sandbox_net_error_t error;
    return eryx_sandbox_net_connect(socket, &string, (uint16_t)port, &error) ? none() : raise_error(&error);
}

static PyObject *net_connected(PyObject *self, PyObject *args) {
    (void)self;
    unsigned socket;
    PyObject *object;
    uint64_t storage, *timeout;
    if (!PyArg_ParseTuple(args, "IO", &socket, &object) || !timeout_from_py(object, &storage, &timeout))
        return NULL;
    eryx_sandbox_net_error_t error;
    return eryx_sandbox_net_connected(socket, timeout, &error) ? none() : raise_error(&error);
}

static PyObject *net_send(PyObject *self, PyObject *args) {
    (void)self;
    unsigned socket;
    PyObject *object, *wait;
    uint64_t storage, *timeout;
    Py_buffer view;
    if (!PyArg_ParseTuple(args, "IOO", &socket, &object, &wait) || !timeout_from_py(wait, &storage, &timeout) ||
        PyObject_GetBuffer(object, &view, PyBUF_SIMPLE) != 0)
        return NULL;
    sandbox_list_u8_t bytes = {view.buf, (size_t)view.len};
    uint32_t sent;
    eryx_sandbox_net_error_t error;
    bool ok = eryx_sandbox_net_send(socket, &bytes, timeout, &sent, &error);
    PyBuffer_Release(&view);
    return ok ? PyLong_FromUnsignedLongLong(sent) : raise_error(&error);
}

static PyObject *net_receive(PyObject *self, PyObject *args) {
    (void)self;
    unsigned socket, most;
    int peek;
    PyObject *wait;
    uint64_t storage, *timeout;
    if (!PyArg_ParseTuple(args, "IIpO", &socket, &most, &peek, &wait) || !timeout_from_py(wait, &storage, &timeout))
        return NULL;
    sandbox_list_u8_t bytes;
    eryx_sandbox_net_error_t error;
    if (!eryx_sandbox_net_receive(socket, most, peek, timeout, &bytes, &error))
        return raise_error(&error);
    return bytes_to_py(&bytes);
}

static PyObject *net_shutdown(PyObject *self, PyObject *args) {
    (void)self;
    unsigned socket;
    int ends;
    if (!PyArg_ParseTuple(args, "Ii", &socket, &ends))
        return NULL;
    eryx_sandbox_net_error_t error;
    return eryx_sandbox_net_shutdown(socket, (eryx_sandbox_net_ends_t)ends, &error) ? none() : raise_error(&error);
}

static PyObject *net_close(PyObject *self, PyObject *number) {
    (void)self;
    uint32_t socket;
    if (!number_from_py(number, &socket))
        return NULL;
    eryx_sandbox_net_close(socket);
    return none();
}

/* poll([(socket, ends)], nanoseconds or None, callbacks) -> ([(socket, ends)], result of `_eryx.wait`) */
static PyObject *net_poll(PyObject *self, PyObject *args) {
    (void)self;
    PyObject *list, *wait;
    int callbacks;
    uint64_t storage, *timeout;
    if (!PyArg_ParseTuple(args, "OOp", &list, &wait, &callbacks) || !timeout_from_py(wait, &storage, &timeout))
        return NULL;
    Py_ssize_t count = PyList_Size(list);
    if (count < 0)
        return NULL;
    eryx_sandbox_net_list_interest_t interests = {NULL, (size_t)count};
    if (count && (interests.ptr = malloc((size_t)count * sizeof *interests.ptr)) == NULL)
        __builtin_trap();
    for (Py_ssize_t i = 0; i < count; i++) {
        unsigned socket;
        int ends;
        if (!PyArg_ParseTuple(PyList_GetItem(list, i), "Ii", &socket, &ends)) {
            free(interests.ptr);
            return NULL;
        }
        interests.ptr[i] = (eryx_sandbox_net_interest_t){socket, (eryx_sandbox_net_ends_t)ends};
    }
    eryx_sandbox_net_readiness_t readiness;
    eryx_sandbox_net_poll(&interests, timeout, callbacks, &readiness);
    free(interests.ptr);
    PyObject *ready =
        list_of(readiness.ready.ptr, readiness.ready.len, sizeof *readiness.ready.ptr, interest_item);
    PyObject *completion = readiness.completion.is_some ? completion_to_py(&readiness.completion.val) : none();
    eryx_sandbox_net_readiness_free(&readiness);
    PyObject *result = ready && completion ? Py_BuildValue("(OO)", ready, completion) : NULL;
    if (ready)
        Py_DecRef(ready);
    if (completion)
        Py_DecRef(completion);
    return result;
}

/* ---- TLS ---- */

/* Views of a list of bytes-like objects, as a WIT list of byte lists. */
struct views {
    Py_buffer *buffers;
    sandbox_list_u8_t *lists;
    size_t count;
};

static void release_views(struct views *views) {
    for (size_t i = 0; i < views->count; i++)
        PyBuffer_Release(&views->buffers[i]);
    free(views->buffers);
    free(views->lists);
}

static bool take_views(PyObject *list, struct views *views) {
    Py_ssize_t count = PyList_Size(list);
    *views = (struct views){NULL, NULL, 0};
    if (count < 0)
        return false;
    if (count == 0)
        return true;
    views->buffers = malloc((size_t)count * sizeof *views->buffers);
    views->lists = malloc((size_t)count * sizeof *views->lists);
    if (views->buffers == NULL || views->lists == NULL)
        __builtin_trap();
    for (Py_ssize_t i = 0; i < count; i++) {
        Py_buffer *buffer = &views->buffers[i];
        if (PyObject_GetBuffer(PyList_GetItem(list, i), buffer, PyBUF_SIMPLE) != 0) {
            release_views(views);
            return false;
        }
        views->lists[i] = (sandbox_list_u8_t){buffer->buf, (size_t)buffer->len};
        views->count++;
    }
    return true;
}

/* tls_open(session, server name, verify, [protocol as bytes], [root as DER], lowest, highest) */
static PyObject *net_tls_open(PyObject *self, PyObject *args) {
    (void)self;
    unsigned session, lowest, highest;
    const char *name;
    Py_ssize_t length;
    int verify;
    PyObject *protocols, *roots;
    struct views protocol_views, root_views;
    if (!PyArg_ParseTuple(args, "Is#pOOII", &session, &name, &length, &verify, &protocols, &roots, &lowest, &highest))
        return NULL;
    if (!take_views(protocols, &protocol_views))
        return NULL;
    if (!take_views(roots, &root_views)) {
        release_views(&protocol_views);
        return NULL;
    }
    eryx_sandbox_net_tls_settings_t settings = {
        .server_name = {(uint8_t *)name, (size_t)length},
        .verification = verify ? ERYX_SANDBOX_NET_VERIFICATION_FULL : ERYX_SANDBOX_NET_VERIFICATION_NONE,
        /* A string and a list of bytes look the same; protocols are ASCII. */
        .protocols = {(sandbox_string_t *)protocol_views.lists, protocol_views.count},
        .roots = {root_views.lists, root_views.count},
        .lowest = (uint16_t)lowest,
        .highest = (uint16_t)highest,
    };
    eryx_sandbox_net_error_t error;
    bool ok = eryx_sandbox_net_tls_open(session, &settings, &error);
    release_views(&protocol_views);
    release_views(&root_views);
    return ok ? none() : raise_error(&error);
}

typedef bool tls_taker(uint32_t, sandbox_list_u8_t *, uint32_t *, eryx_sandbox_net_error_t *);

static PyObject *tls_take(PyObject *args, tls_taker *take) {
    unsigned session;
    PyObject *object;
    Py_buffer view;
    if (!PyArg_ParseTuple(args, "IO", &session, &object) || PyObject_GetBuffer(object, &view, PyBUF_SIMPLE) != 0)
        return NULL;
    sandbox_list_u8_t bytes = {view.buf, (size_t)view.len};
    uint32_t taken;
    eryx_sandbox_net_error_t error;
    bool ok = take(session, &bytes, &taken, &error);
    PyBuffer_Release(&view);
    return ok ? PyLong_FromUnsignedLongLong(taken) : raise_error(&error);
}

static PyObject *net_tls_feed(PyObject *self, PyObject *args) {
    (void)self;
    return tls_take(args, eryx_sandbox_net_tls_feed);
}

static PyObject *net_tls_write(PyObject *self, PyObject *args) {
    (void)self;
    return tls_take(args, eryx_sandbox_net_tls_write);
}

typedef bool tls_giver(uint32_t, uint32_t, sandbox_list_u8_t *, eryx_sandbox_net_error_t *);

static PyObject *tls_give(PyObject *args, tls_giver *give) {
    unsigned session, most;
    if (!PyArg_ParseTuple(args, "II", &session, &most))
        return NULL;
    sandbox_list_u8_t bytes;
    eryx_sandbox_net_error_t error;
    return give(session, most, &bytes, &error) ? bytes_to_py(&bytes) : raise_error(&error);
}

static PyObject *net_tls_drain(PyObject *self, PyObject *args) {
    (void)self;
    return tls_give(args, eryx_sandbox_net_tls_drain);
}

static PyObject *net_tls_read(PyObject *self, PyObject *args) {
    (void)self;
    return tls_give(args, eryx_sandbox_net_tls_read);
}

/* tls_state(session) -> (handshaking, wants write, peer closed, version, cipher, protocol or None) */
static PyObject *net_tls_state(PyObject *self, PyObject *number) {
    (void)self;
    uint32_t session;
    if (!number_from_py(number, &session))
        return NULL;
    eryx_sandbox_net_tls_info_t info;
    eryx_sandbox_net_error_t error;
    if (!eryx_sandbox_net_tls_state(session, &info, &error))
        return raise_error(&error);
    PyObject *result = Py_BuildValue(
        "(iiiis#z#)", (int)info.handshaking, (int)info.wants_write, (int)info.peer_closed, (int)info.version,
        info.cipher.ptr, (Py_ssize_t)info.cipher.len, info.protocol.is_some ? info.protocol.val.ptr : NULL,
        info.protocol.is_some ? (Py_ssize_t)info.protocol.val.len : (Py_ssize_t)0);
    eryx_sandbox_net_tls_info_free(&info);
    return result;
}

static PyObject *net_tls_certificates(PyObject *self, PyObject *number) {
    (void)self;
    uint32_t session;
    if (!number_from_py(number, &session))
        return NULL;
    sandbox_list_list_u8_t chain;
    eryx_sandbox_net_error_t error;
    if (!eryx_sandbox_net_tls_certificates(session, &chain, &error))
        return raise_error(&error);
    PyObject *list = list_of(chain.ptr, chain.len, sizeof *chain.ptr, bytes_item);
    sandbox_list_list_u8_free(&chain);
    return list;
}

static PyObject *net_tls_finish(PyObject *self, PyObject *number) {
    (void)self;
    uint32_t session;
    if (!number_from_py(number, &session))
        return NULL;
    eryx_sandbox_net_error_t error;
    return eryx_sandbox_net_tls_finish(session, &error) ? none() : raise_error(&error);
}

static PyObject *net_tls_close(PyObject *self, PyObject *number) {
    (void)self;
    uint32_t session;
    if (!number_from_py(number, &session))
        return NULL;
    eryx_sandbox_net_tls_close(session);
    return none();
}

static PyObject *net_tls_allows(PyObject *self, PyObject *unused) {
    (void)self, (void)unused;
    return PyLong_FromUnsignedLongLong(eryx_sandbox_net_tls_allows());
}

static PyObject *net_secrets(PyObject *self, PyObject *unused) {
    (void)self, (void)unused;
    eryx_sandbox_net_list_secret_t secrets;
    eryx_sandbox_net_secrets(&secrets);
    PyObject *list = list_of(secrets.ptr, secrets.len, sizeof *secrets.ptr, secret_item);
    eryx_sandbox_net_list_secret_free(&secrets);
    return list;
}

static PyObject *net_set_error(PyObject *self, PyObject *function) {
    (void)self;
    Py_IncRef(function);
    make_error = function;
    return none();
}

static PyMethodDef methods[] = {
    {"resolve", net_resolve, METH_VARARGS, "resolve(name) -> [address]"},
    {"connect", net_connect, METH_VARARGS, "connect(socket, address, port): begin to connect"},
    {"connected", net_connected, METH_VARARGS, "connected(socket, timeout): how the connecting ended"},
    {"send", net_send, METH_VARARGS, "send(socket, bytes, timeout) -> count"},
    {"receive", net_receive, METH_VARARGS, "receive(socket, most, peek, timeout) -> bytes"},
    {"shutdown", net_shutdown, METH_VARARGS, "shutdown(socket, ends)"},
    {"close", net_close, METH_O, "close(socket)"},
    {"poll", net_poll, METH_VARARGS, "poll([(socket, ends)], timeout, callbacks) -> ([(socket, ends)], completion)"},
    {"tls_open", net_tls_open, METH_VARARGS, "tls_open(session, name, verify, protocols, roots, lowest, highest)"},
    {"tls_feed", net_tls_feed, METH_VARARGS, "tls_feed(session, records) -> count"},
    {"tls_drain", net_tls_drain, METH_VARARGS, "tls_drain(session, most) -> records"},
    {"tls_write", net_tls_write, METH_VARARGS, "tls_write(session, bytes) -> count"},
    {"tls_read", net_tls_read, METH_VARARGS, "tls_read(session, most) -> bytes"},
    {"tls_state", net_tls_state, METH_O, "tls_state(session) -> tuple"},
    {"tls_certificates", net_tls_certificates, METH_O, "tls_certificates(session) -> [der]"},
    {"tls_finish", net_tls_finish, METH_O, "tls_finish(session)"},
    {"tls_close", net_tls_close, METH_O, "tls_close(session)"},
    {"tls_allows", net_tls_allows, METH_NOARGS, "tls_allows() -> flags"},
    {"secrets", net_secrets, METH_NOARGS, "secrets() -> [(name, placeholder)]"},
    {"set_error", net_set_error, METH_O, "set_error(function of code and message)"},
    {0},
};

static PyModuleDef module = {.m_name = "_eryx_net", .m_size = -1, .m_methods = methods};

PyObject *init_eryx_net(void) { return PyModule_Create2(&module, PYTHON_API_VERSION); }
