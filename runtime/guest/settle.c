/* Settles the heap before the start image is taken from it: makes a short execution write to few pages.
 *
 * Every sandbox has its own copy of each page that it writes. Nearly all that a short execution would write is reference
 * counts, all over the heap, and small blocks in the gaps between old ones. So:
 *
 * - Live objects become immortal, as PEP 683 describes for forked processes: their counts are never written again.
 *   They would live as long as the image anyway.
 * - Gaps are filled, so that new blocks lie side by side behind all old ones.
 */

#include "guest.h"
#include <stdlib.h>
#include <string.h>

/* ---- immortal objects ---- */

/* `_Py_IMMORTAL_INITIAL_REFCNT` and `_Py_IMMORTAL_MINIMUM_REFCNT` of 32-bit builds: there is room below and above for
 * code that was compiled for older versions and still counts. */
enum { IMMORTAL = 5 << 28, LEAST_IMMORTAL = 1 << 30 };

enum { Py_tp_traverse = 71, DICT_SUBCLASS = 1 << 29 };

/* Objects that are immortal already, and whose own references are not. */
static struct {
    PyObject **items;
    size_t length, capacity;
} found;

static int visit(PyObject *object, void *unused) {
    (void)unused;
    if (object == NULL || object->ob_refcnt >= LEAST_IMMORTAL)
        return 0;
    object->ob_refcnt = IMMORTAL;
    if (found.length == found.capacity) {
        found.capacity = found.capacity ? 2 * found.capacity : 1024;
        found.items = realloc(found.items, found.capacity * sizeof *found.items);
        if (found.items == NULL)
            __builtin_trap();
    }
    found.items[found.length++] = object;
    return 0;
}

static int visit_tracked(PyObject *object, void *unused) {
    visit(object, unused);
    return 1; /* continue */
}

static void visit_code(PyObject *code) {
    /* The collector does not traverse code. These attributes return the code's own objects, not new ones. */
    static const char *const parts[] = {"co_consts",   "co_names",     "co_name",          "co_qualname",
                                        "co_filename", "co_linetable", "co_exceptiontable"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        PyObject *part = PyObject_GetAttrString(code, parts[i]);
        if (part)
            visit(part, NULL);
        else
            PyErr_Clear();
    }
}

static void visit_references(PyObject *object) {
    PyObject *type = object->ob_type;
    visit(type, NULL);
    if (type == &PyCode_Type) {
        visit_code(object);
        return;
    }
    if (PyType_GetFlags(type) & DICT_SUBCLASS) {
        /* The collector skips keys that are strings. */
        Py_ssize_t place = 0;
        PyObject *key, *value;
        while (PyDict_Next(object, &place, &key, &value))
            visit(key, NULL);
    }
    /* Types can be traversed only if they are heap types, which this call reports. */
    if (PyObject_IS_GC(object)) {
        int (*traverse)(PyObject *, int (*)(PyObject *, void *), void *) = PyType_GetSlot(type, Py_tp_traverse);
        if (traverse)
            traverse(object, visit, NULL);
    }
}

static void make_immortal(void) {
    PyUnstable_GC_VisitObjects(visit_tracked, NULL);
    while (found.length)
        visit_references(found.items[--found.length]);
    free(found.items);
    found.items = NULL;
    found.capacity = 0;
}

/* ---- gaps ---- */

/* Larger than any gap that matters. */
#define LARGEST_GAP (1 << 20)

static void fill_gaps(void) {
    /* Too large for a gap, so it lies behind all live blocks, and its freed room will too. */
    char *edge = malloc(LARGEST_GAP);
    for (size_t size = LARGEST_GAP / 2; edge && size >= 8;) {
        char *block = malloc(size);
        if (block && block < edge) {
            /* Never freed. Zeroed, because old content would only make the image larger. */
            memset(block, 0, size);
        } else {
            free(block);
            size -= size / 16 > 8 ? size / 16 / 8 * 8 : 8;
        }
    }
    free(edge);
}

/* ---- all of it ---- */

static void call_gc(const char *name) {
    PyObject *gc = PyImport_ImportModule("gc");
    PyObject *function = gc ? PyObject_GetAttrString(gc, name) : NULL;
    PyObject *done = function ? PyObject_CallNoArgs(function) : NULL;
    if (done == NULL)
        PyErr_Clear(); /* the image is only less dense */
    if (done)
        Py_DecRef(done);
    if (function)
        Py_DecRef(function);
    if (gc)
        Py_DecRef(gc);
}

void settle_heap(void) {
    call_gc("collect");
    make_immortal();
    /* The collector would visit all objects in vain, and write to them. */
    call_gc("freeze");
    fill_gaps();
}
