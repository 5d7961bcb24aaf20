/* The functions of CPython that the guest uses, declared by hand. All but the initialisation (PEP 741) and marked ones
 * belong to the limited API. Its signatures and struct layouts are stable, so the build needs no CPython headers. */
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef ptrdiff_t Py_ssize_t;
typedef struct PyObject {
    Py_ssize_t ob_refcnt;
    void *ob_type;
} PyObject;
typedef PyObject *(*PyCFunction)(PyObject *, PyObject *);

typedef struct {
    const char *ml_name;
    PyCFunction ml_meth;
    int ml_flags;
    const char *ml_doc;
} PyMethodDef;

enum { METH_VARARGS = 0x0001, METH_NOARGS = 0x0004, METH_O = 0x0008 };

/* PyObject_HEAD of a 32-bit build without free threading, then the rest of PyModuleDef_Base and PyModuleDef. */
typedef struct {
    struct {
        Py_ssize_t ob_refcnt;
        void *ob_type;
    } ob_base;
    PyObject *(*m_init)(void);
    Py_ssize_t m_index;
    PyObject *m_copy;
    const char *m_name;
    const char *m_doc;
    Py_ssize_t m_size;
    PyMethodDef *m_methods;
    void *m_slots;
    void *m_traverse;
    void *m_clear;
    void *m_free;
} PyModuleDef;

typedef struct {
    void *buf;
    PyObject *obj;
    Py_ssize_t len;
    Py_ssize_t itemsize;
    int readonly;
    int ndim;
    char *format;
    Py_ssize_t *shape;
    Py_ssize_t *strides;
    Py_ssize_t *suboffsets;
    void *internal;
} Py_buffer;

enum { PyBUF_SIMPLE = 0 };
enum { PYTHON_API_VERSION = 1013 };

/* PEP 741 */
typedef struct PyInitConfig PyInitConfig;
PyInitConfig *PyInitConfig_Create(void);
void PyInitConfig_Free(PyInitConfig *config);
int PyInitConfig_SetInt(PyInitConfig *config, const char *name, int64_t value);
int PyInitConfig_SetStr(PyInitConfig *config, const char *name, const char *value);
int PyInitConfig_SetStrList(PyInitConfig *config, const char *name, size_t length, char *const *items);
int PyInitConfig_AddModule(PyInitConfig *config, const char *name, PyObject *(*initfunc)(void));
int PyInitConfig_GetError(PyInitConfig *config, const char **error);
int Py_InitializeFromInitConfig(PyInitConfig *config);

PyObject *PyModule_Create2(PyModuleDef *def, int api_version);
PyObject *PyImport_ImportModule(const char *name);
PyObject *PyObject_GetAttrString(PyObject *object, const char *name);
PyObject *PyObject_CallFunctionObjArgs(PyObject *callable, ...);
PyObject *PyObject_CallNoArgs(PyObject *callable);
PyObject *PyObject_Vectorcall(PyObject *callable, PyObject *const *args, size_t count, PyObject *names);
int PyObject_GetBuffer(PyObject *object, Py_buffer *view, int flags);
void PyBuffer_Release(Py_buffer *view);

int PyArg_ParseTuple(PyObject *args, const char *format, ...);
PyObject *Py_BuildValue(const char *format, ...);

PyObject *PyUnicode_FromStringAndSize(const char *text, Py_ssize_t length);
const char *PyUnicode_AsUTF8AndSize(PyObject *unicode, Py_ssize_t *length);
PyObject *PyBytes_FromStringAndSize(const char *bytes, Py_ssize_t length);
int PyBytes_AsStringAndSize(PyObject *bytes, char **buffer, Py_ssize_t *length);
PyObject *PyList_New(Py_ssize_t length);
Py_ssize_t PyList_Size(PyObject *list);
PyObject *PyList_GetItem(PyObject *list, Py_ssize_t index);
int PyList_SetItem(PyObject *list, Py_ssize_t index, PyObject *item);
PyObject *PyTuple_GetItem(PyObject *tuple, Py_ssize_t index);
PyObject *PyLong_FromLong(long value);
PyObject *PyLong_FromUnsignedLongLong(unsigned long long value);
long PyLong_AsLong(PyObject *object);
unsigned long long PyLong_AsUnsignedLongLong(PyObject *object);

int PyDict_Next(PyObject *dict, Py_ssize_t *place, PyObject **key, PyObject **value);
unsigned long PyType_GetFlags(PyObject *type);
void *PyType_GetSlot(PyObject *type, int slot);
int PyObject_IS_GC(PyObject *object);
/* Unstable: may change with the minor version. */
void PyUnstable_GC_VisitObjects(int (*visit)(PyObject *, void *), void *arg);
extern PyObject PyCode_Type;

PyObject *PyErr_GetRaisedException(void);
PyObject *PyErr_Occurred(void);
void PyErr_Clear(void);
void PyErr_Print(void);
void PyErr_SetObject(PyObject *type, PyObject *value);
PyObject *PyCFunction_NewEx(PyMethodDef *def, PyObject *self, PyObject *module);
int PySys_SetObject(const char *name, PyObject *object);
void Py_SetRecursionLimit(int depth);

void PyErr_SetString(PyObject *type, const char *message);

extern PyObject *PyExc_OSError;
extern PyObject *PyExc_RuntimeError;
extern PyObject *PyExc_ValueError;
extern PyObject _Py_NoneStruct;
#define Py_None (&_Py_NoneStruct)

void Py_IncRef(PyObject *object);
void Py_DecRef(PyObject *object);
