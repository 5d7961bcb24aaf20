# expect: ok
# why: files that every Linux host has must not exist for the code
found = []
for path in (
    "/etc/passwd", "/etc/shadow", "/etc/hostname", "//etc/passwd", "/root/.bashrc", "/root/.ssh/id_rsa",
    "/proc/self/environ", "/proc/self/maps", "/proc/self/mem", "/proc/1/cmdline", "/proc/self/fd/3", "/proc/self/root/etc/passwd",
    "/dev/mem", "/dev/kmsg", "/dev/urandom", "/dev/tty", "/dev/stdin", "/sys/kernel/notes", "/var/run/docker.sock",
    "/tmp/eryx-0/lock", "/run/secrets/token", "/bin/sh", "/lib/x86_64-linux-gnu/libc.so.6",
):
    try:
        found.append((path, open(path, "rb").read(50)))
    except OSError:
        pass
assert not found, found
