/* Records open files by path, so that a copy of this interpreter, which has no handles, can open them again
 * at the same file descriptors. */

#include "files.h"

typedef unsigned long size_t;
typedef long long off_t;

/* The numbers of wasi-libc. */
enum { F_GETFL = 3, SEEK_SET = 0, SEEK_CUR = 1, AT_FDCWD = -2 };
enum { O_CREAT = 0x1000, O_EXCL = 0x4000, O_TRUNC = 0x8000 };

#define EXPORTED __attribute__((visibility("default")))

extern void *malloc(size_t size);
extern void *realloc(void *block, size_t size);
extern void free(void *block);
extern size_t strlen(const char *text);
extern void *memcpy(void *to, const void *from, size_t size);
extern char *getcwd(char *buffer, size_t size);
extern int fcntl(int fd, int command, ...);
/* `struct stat` begins with device and inode, of 64 bits each. */
struct stat {
    unsigned long long device, inode, rest[30];
};
extern int fstat(int fd, struct stat *to);
extern int stat(const char *path, struct stat *to);
extern int __libc_open(const char *path, int flags, void *arguments);
extern off_t __libc_lseek(int fd, off_t offset, int whence);
extern int __wasilibc_fd_renumber(int fd, int to);

struct opened {
    int known; /* whether it was opened through this library and not closed */
    int flags;
    char *path; /* absolute; NULL if there was no memory for it, or if it is unknown */
    off_t offset;
};

static struct opened *files;
static int length;

static char *join(const char *folder, const char *path) {
    size_t before = strlen(folder), after = strlen(path);
    char *joined = malloc(before + after + 2);
    if (joined) {
        memcpy(joined, folder, before);
        joined[before] = '/';
        memcpy(joined + before + 1, path, after + 1);
    }
    return joined;
}

static char *absolute(int folder, const char *path) {
    if (path[0] == '/')
        return join("", path + 1);
    if (folder != AT_FDCWD)
        return folder >= 0 && folder < length && files[folder].path ? join(files[folder].path, path) : 0;
    char *here = getcwd(0, 0);
    char *joined = here ? join(here, path) : 0;
    free(here);
    return joined;
}

void files_forget(int fd) {
    if (fd < 0 || fd >= length)
        return;
    free(files[fd].path);
    files[fd] = (struct opened){0};
}

void files_note(int fd, int folder, const char *path, int flags) {
    if (fd >= length) {
        int wanted = fd + 16;
        struct opened *larger = realloc(files, (size_t)wanted * sizeof *files);
        if (!larger)
            return; /* the host counts it as lost */
        for (int i = length; i < wanted; i++)
            larger[i] = (struct opened){0};
        files = larger;
        length = wanted;
    }
    /* libc may have closed the previous file of that number without calling `close`. */
    files_forget(fd);
    files[fd] = (struct opened){.known = 1, .flags = flags, .path = absolute(folder, path)};
}

static int is_open(int fd) {
    if (!files[fd].known)
        return 0;
    if (fcntl(fd, F_GETFL) >= 0)
        return 1;
    files_forget(fd);
    return 0;
}

static int is_lost(int fd) {
    struct stat there, here;
    return !files[fd].path || fstat(fd, &here) != 0 || stat(files[fd].path, &there) != 0 ||
           here.device != there.device || here.inode != there.inode;
}

/* Number of open files that can be opened again. */
EXPORTED int eryx_files_count(void) {
    int count = 0;
    for (int fd = 0; fd < length; fd++)
        count += is_open(fd) && !is_lost(fd);
    return count;
}

/* The first file descriptor after `after` whose file cannot be opened again; -1 if there is none. */
EXPORTED int eryx_files_next_lost(int after) {
    for (int fd = after + 1; fd < length; fd++)
        if (is_open(fd) && is_lost(fd))
            return fd;
    return -1;
}

EXPORTED const char *eryx_files_path(int fd) { return fd >= 0 && fd < length ? files[fd].path : 0; }

/* Records the offset of each file; the caller then closes all of them. */
EXPORTED void eryx_files_release(void) {
    for (int fd = 0; fd < length; fd++)
        if (is_open(fd)) {
            off_t offset = __libc_lseek(fd, 0, SEEK_CUR);
            files[fd].offset = offset < 0 ? 0 : offset;
        }
}

/* Reopens the recorded files. A file that cannot be opened stays closed, so its users get EBADF. */
EXPORTED void eryx_files_reopen(void) {
    for (int fd = 0; fd < length; fd++) {
        if (!files[fd].known)
            continue;
        int opened = __libc_open(files[fd].path, files[fd].flags & ~(O_CREAT | O_EXCL | O_TRUNC), 0);
        if (opened >= 0 && files[fd].offset)
            __libc_lseek(opened, files[fd].offset, SEEK_SET);
        /* The lowest free number is taken first, so the file gets the number it needs or a lower one. */
        if (opened < 0 || (opened != fd && __wasilibc_fd_renumber(opened, fd) != 0))
            files_forget(fd);
    }
}
