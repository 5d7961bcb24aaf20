/* See stdlib.h. */
#pragma once
#include <stddef.h>
void *memcpy(void *restrict to, const void *restrict from, size_t length);
void *memset(void *to, int byte, size_t length);
size_t strlen(const char *string);
