/*
 * Preloaded by benchmarks/faults.py. Counts the calls that change files below a folder and, at one
 * of them, kills the process or lets the call fail, once or from then on. A kill at a write lets
 * half of the bytes through. Nothing is counted before `fault_arm`.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define NEXT(name) static __typeof__(&name) next; if (!next) next = dlsym(RTLD_NEXT, #name)

static char folder[PATH_MAX];
static size_t folder_length;
static long at;
static int how, lasts, log_file = -1;
static volatile long calls;

/* folder: absolute and resolved; log: gets "number call path" lines; number: 0 for none, else the
 * call at which the fault is; error: 0 kills, else the errno with which the call fails; lasting: 1
 * if later calls fail too, those that free space only on a file system that became read-only. */
void fault_arm(const char *where, const char *log, long number, int error, int lasting) {
    int (*plain)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
    if (log[0]) log_file = plain(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    strncpy(folder, where, sizeof folder - 1);
    at = number;
    how = error;
    lasts = lasting;
    folder_length = strlen(folder);
}

static int is_one_of(const char *call, const char *const *calls) {
    for (; *calls; calls++) if (!strcmp(call, *calls)) return 1;
    return 0;
}

static int still_fails(const char *call) {
    static const char *const take_space[] = {"create", "write", "mkdir", 0};
    static const char *const free_space[] = {"truncate", "rename", "unlink", 0};
    return is_one_of(call, take_space) || (how == EROFS && is_one_of(call, free_space));
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* 1 if the call must fail; errno is set. */
static int fault(const char *call, const char *path) {
    char absolute[PATH_MAX + 1];
    if (!folder_length || !path) return 0;
    if (path[0] != '/') {
        char here[PATH_MAX];
        if (!getcwd(here, sizeof here)) return 0;
        if (snprintf(absolute, sizeof absolute, "%s/%s", here, path) < 0) return 0;
        path = absolute;
    }
    if (strncmp(path, folder, folder_length)) return 0;
    long number = __sync_add_and_fetch(&calls, 1);
    if (log_file >= 0) {
        char line[PATH_MAX + 64];
        int length = snprintf(line, sizeof line, "%ld %s %s\n", number, call, path);
        ssize_t (*plain)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
        if (plain(log_file, line, length) < 0) return 0;
    }
    if (number != at && !(lasts && at && number > at && still_fails(call))) return 0;
    if (!how) {
        if (strcmp(call, "write")) die();
        return 1; /* `torn` writes half, then dies */
    }
    errno = how;
    return 1;
}

static int fault_open_file(const char *call, int number) {
    char link[64], path[PATH_MAX];
    if (!folder_length || number < 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", number);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0 || path[0] != '/') return 0; /* a pipe or socket is no file */
    path[length] = 0;
    return fault(call, path);
}

/* A write at which the fault is: half of it and the end, or an error. */
#define TORN(half) do { if (!how) { if ((half) < 0) die(); die(); } return -1; } while (0)
ssize_t write(int f, const void *b, size_t n) { NEXT(write); if (fault_open_file("write", f)) TORN(next(f, b, n / 2)); return next(f, b, n); }
ssize_t pwrite(int f, const void *b, size_t n, off_t o) { NEXT(pwrite); if (fault_open_file("write", f)) TORN(next(f, b, n / 2, o)); return next(f, b, n, o); }
ssize_t pwrite64(int f, const void *b, size_t n, off64_t o) { NEXT(pwrite64); if (fault_open_file("write", f)) TORN(next(f, b, n / 2, o)); return next(f, b, n, o); }
ssize_t writev(int f, const struct iovec *v, int n) { NEXT(writev); if (fault_open_file("write", f)) TORN(next(f, v, n / 2)); return next(f, v, n); }
int fsync(int f) { NEXT(fsync); return fault_open_file("fsync", f) ? -1 : next(f); }
int fdatasync(int f) { NEXT(fdatasync); return fault_open_file("fsync", f) ? -1 : next(f); }
int ftruncate(int f, off_t o) { NEXT(ftruncate); return fault_open_file("truncate", f) ? -1 : next(f, o); }
int ftruncate64(int f, off64_t o) { NEXT(ftruncate64); return fault_open_file("truncate", f) ? -1 : next(f, o); }
int rename(const char *a, const char *b) { NEXT(rename); return fault("rename", b) ? -1 : next(a, b); }
int renameat2(int f, const char *a, int g, const char *b, unsigned int m) { NEXT(renameat2); return fault("rename", b) ? -1 : next(f, a, g, b, m); }
int unlink(const char *p) { NEXT(unlink); return fault("unlink", p) ? -1 : next(p); }
int mkdir(const char *p, mode_t m) { NEXT(mkdir); return fault("mkdir", p) ? -1 : next(p, m); }
int rmdir(const char *p) { NEXT(rmdir); return fault("unlink", p) ? -1 : next(p); }

int close(int f) {
    NEXT(close);
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", f);
    ssize_t length = folder_length ? readlink(link, path, sizeof path - 1) : 0;
    path[length > 0 ? length : 0] = 0;
    int mode = fcntl(f, F_GETFL);
    /* A close that fails still closes, as on Linux; only files that were written count. */
    if (mode < 0 || (mode & O_ACCMODE) == O_RDONLY || length <= 0 || path[0] != '/' || !fault("close", path)) return next(f);
    int kept = errno;
    next(f);
    errno = kept;
    return -1;
}

static int create_fails(const char *path, int flags) { return (flags & O_CREAT) && fault("create", path); }
#define MODE(flags) mode_t mode = 0; if ((flags) & (O_CREAT | O_TMPFILE)) { va_list l; va_start(l, flags); mode = va_arg(l, mode_t); va_end(l); }
int open(const char *p, int flags, ...) { NEXT(open); MODE(flags) return create_fails(p, flags) ? -1 : next(p, flags, mode); }
int open64(const char *p, int flags, ...) { NEXT(open64); MODE(flags) return create_fails(p, flags) ? -1 : next(p, flags, mode); }
size_t fwrite(const void *b, size_t s, size_t n, FILE *f) { NEXT(fwrite); if (!fault_open_file("write", fileno(f))) return next(b, s, n, f); if (!how) { next(b, s, n / 2, f); fflush(f); die(); } return 0; }
FILE *fopen64(const char *p, const char *m) { NEXT(fopen64); return m[0] != 'r' && fault("create", p) ? NULL : next(p, m); }
FILE *fopen(const char *p, const char *m) { NEXT(fopen); return m[0] != 'r' && fault("create", p) ? NULL : next(p, m); }
