/* The part of wasi-libc that the compat library uses, declared by hand so that no headers are needed to build it. */
#pragma once
#include <stddef.h>
#include <stdint.h>

int *__errno_location(void);
#define errno (*__errno_location())
enum { EINVAL = 28 };

typedef const struct __clockid *clockid_t;
extern const struct __clockid _CLOCK_MONOTONIC, _CLOCK_REALTIME;

typedef long long time_t;

struct timespec {
    time_t tv_sec;
    long tv_nsec;
};

int clock_gettime(clockid_t clock, struct timespec *time);
int clock_getres(clockid_t clock, struct timespec *resolution);
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *wanted, struct timespec *left);
long long clock(void);

/* Emscripten's `struct tm`, which is the beginning of ours. */
struct emscripten_tm {
    int fields[10];
    const char *zone;
};
struct tm {
    struct emscripten_tm common;
    int nanoseconds;
};
time_t mktime(struct tm *time);
time_t timegm(struct tm *time);

typedef struct pthread_condattr pthread_condattr_t;
int pthread_condattr_setclock(pthread_condattr_t *attributes, clockid_t clock);

enum { O_APPEND = 1, O_DSYNC = 2, O_NONBLOCK = 4, O_SYNC = 16, O_CREAT = 1 << 12, O_DIRECTORY = 2 << 12,
       O_EXCL = 4 << 12, O_TRUNC = 8 << 12, O_NOFOLLOW = 0x01000000, O_RDONLY = 0x04000000, O_WRONLY = 0x10000000,
       O_RDWR = O_RDONLY | O_WRONLY };
enum { AT_FDCWD = -2 };
int openat(int folder, const char *path, int flags, ...);
