/* Notifications from posix.c to files.c. */

/* `path` was opened in `folder` as `fd`. */
void files_note(int fd, int folder, const char *path, int flags);

/* `fd` is closed. */
void files_forget(int fd);
