/* What the guest's C files share. */
#pragma once
#include "python.h"
#include "sandbox.h"

/* (id, kind of error or None, text): None means that the text is the answer. */
PyObject *completion_to_py(const eryx_sandbox_host_completion_t *completion);

/* The module `_eryx_net`. */
PyObject *init_eryx_net(void);
