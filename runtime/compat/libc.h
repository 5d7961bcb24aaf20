/* The part of wasi-libc that the compat library uses, declared by hand so that no headers are needed to build it. */
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef const struct __clockid *clockid_t;
extern const struct __clockid _CLOCK_MONOTONIC, _CLOCK_REALTIME;

struct timespec {
    long long tv_sec;
    long tv_nsec;
};

int clock_gettime(clockid_t clock, struct timespec *time);
int clock_getres(clockid_t clock, struct timespec *resolution);
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *wanted, struct timespec *left);

typedef struct pthread_condattr pthread_condattr_t;
int pthread_condattr_setclock(pthread_condattr_t *attributes, clockid_t clock);

int *__errno_location(void);
#define errno (*__errno_location())
enum { EINVAL = 28 };
