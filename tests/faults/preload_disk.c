/*
 * preload_disk: a disk that fails: writes and syncs of one process end with EIO.
 *
 * FEN_FAULT_DISK names a file of 2 bytes that the test rewrites: the first one set, whatever lies
 * in the folder of FEN_FAULT_DISK_FOLDER cannot be written, reserved or synced; the second one set,
 * neither can standard error, where the log goes.
 *
 * Threads: any; the switches are bytes.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static const uint8_t *switches; /* NULL: nothing fails */
static const char *folder;

__attribute__((constructor)) static void map_switches(void)
{
    const char *path = getenv("FEN_FAULT_DISK");
    int descriptor = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    void *memory = descriptor < 0 ? MAP_FAILED
                                  : mmap(NULL, 2, PROT_READ, MAP_SHARED, descriptor, 0);
    folder = getenv("FEN_FAULT_DISK_FOLDER");
    if (memory != MAP_FAILED)
        switches = memory;
}

static bool is_on(int number)
{
    return switches != NULL && __atomic_load_n(switches + number, __ATOMIC_RELAXED) != 0;
}

/* Whether this descriptor's disk fails. */
static bool fails(int descriptor)
{
    char name[64], path[4096];
    if (descriptor == STDERR_FILENO)
        return is_on(1);
    if (!is_on(0) || folder == NULL)
        return false;
    (void)snprintf(name, sizeof name, "/proc/self/fd/%d", descriptor);
    ssize_t size = readlink(name, path, sizeof path - 1);
    size_t wanted = strlen(folder);
    return size > 0 && (size_t)size > wanted && memcmp(path, folder, wanted) == 0;
}

ssize_t write(int descriptor, const void *bytes, size_t size)
{
    if (fails(descriptor)) {
        errno = EIO;
        return -1;
    }
    return syscall(SYS_write, descriptor, bytes, size);
}

ssize_t writev(int descriptor, const struct iovec *parts, int count)
{
    if (fails(descriptor)) {
        errno = EIO;
        return -1;
    }
    return syscall(SYS_writev, descriptor, parts, count);
}

int posix_fallocate(int descriptor, off_t offset, off_t size)
{
    if (fails(descriptor))
        return EIO;
    return syscall(SYS_fallocate, descriptor, 0, offset, size) == 0 ? 0 : errno;
}

int fsync(int descriptor)
{
    if (fails(descriptor)) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fsync, descriptor);
}
