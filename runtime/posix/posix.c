/* Corrects functions of wasi-libc on files whose behaviour differs from POSIX.
 *
 * This library is linked before libc, so that all libraries use these functions. Those of libc have names that begin
 * with `__libc_`: eryx-build renames its exports. */

#include "files.h"

typedef long long off_t;
typedef long ssize_t;
typedef unsigned long size_t;

/* The numbers of wasi-libc. */
enum { EBADF = 8, EINVAL = 28, EIO = 29, EMFILE = 33, EMLINK = 34, ESPIPE = 70 };
enum { F_GETFL = 3, O_APPEND = 1, AT_FDCWD = -2 };
enum { SEEK_SET = 0, SEEK_CUR = 1, SEEK_END = 2 };

#define EXPORTED __attribute__((visibility("default")))

extern int *__errno_location(void);
#define errno (*__errno_location())

extern ssize_t __libc_write(int fd, const void *bytes, size_t length);
extern off_t __libc_lseek(int fd, off_t offset, int whence);
/* A variadic function gets a pointer to its further arguments, which is passed on. */
extern int __libc_open(const char *path, int flags, void *arguments);
extern int __libc_openat(int folder, const char *path, int flags, void *arguments);
extern void *__libc_opendir(const char *path);
extern int __libc_close(int fd);
extern ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset);
extern int fcntl(int fd, int command, ...);

/* WASI has no code for "too many open files": the host uses "too many links" instead, which has no other use. */
static void too_many_open(void) {
    if (errno == EMLINK)
        errno = EMFILE;
}

EXPORTED int open(const char *path, int flags, void *arguments) {
    int fd = __libc_open(path, flags, arguments);
    if (fd < 0)
        too_many_open();
    else
        files_note(fd, AT_FDCWD, path, flags);
    return fd;
}

EXPORTED int openat(int folder, const char *path, int flags, void *arguments) {
    int fd = __libc_openat(folder, path, flags, arguments);
    if (fd < 0)
        too_many_open();
    else
        files_note(fd, folder, path, flags);
    return fd;
}

EXPORTED int close(int fd) {
    files_forget(fd);
    return __libc_close(fd);
}

EXPORTED void *opendir(const char *path) {
    void *folder = __libc_opendir(path);
    if (!folder)
        too_many_open();
    return folder;
}

/* With SEEK_END, libc stores the new position before it checks whether the position has changed. Its streams then
 * stay where they were, and the next write lands there. Going past the end and back makes it drop them. */
EXPORTED off_t lseek(int fd, off_t offset, int whence) {
    off_t there = __libc_lseek(fd, offset, whence);
    if (there < 0 || whence != SEEK_END)
        return there;
    __libc_lseek(fd, there + 1, SEEK_SET);
    return __libc_lseek(fd, there, SEEK_SET);
}

/* A failed stream gives no reason, and libc reports EIO. Writing at an offset, which does not use a stream,
 * returns the reason. */
EXPORTED ssize_t write(int fd, const void *bytes, size_t length) {
    ssize_t written = __libc_write(fd, bytes, length);
    if (written >= 0 || errno != EIO)
        return written;
    off_t at = lseek(fd, 0, fcntl(fd, F_GETFL) & O_APPEND ? SEEK_END : SEEK_CUR);
    written = at < 0 ? -1 : pwrite(fd, bytes, length, at);
    if (written >= 0)
        __libc_lseek(fd, at + written, SEEK_SET);
    else if (errno == EBADF || errno == EINVAL || errno == ESPIPE)
        errno = EIO; /* it is not a file */
    return written;
}
