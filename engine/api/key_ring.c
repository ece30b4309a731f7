/* key_ring: see key_ring.h. */
#include "api/key_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/base64.h"
#include "base/log.h"

#define FILE_BYTES_MAX 16384

struct key_set {
    struct fen_signing_key keys[FEN_KEY_COUNT_MAX];
    uint32_t count;
};

/* What tells one version of the file from another. */
struct stamp {
    struct timespec modified;
    off_t size_bytes;
    ino_t inode;
};

struct fen_key_ring {
    char *path;
    struct stamp stamp;
    struct key_set set;
};

bool fen_key_id_is_good(struct fen_str id)
{
    if (id.size == 0 || id.size > FEN_KEY_ID_BYTES_MAX)
        return false;
    for (uint32_t index = 0; index < id.size; index++) {
        char byte = id.data[index];
        bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (!is_letter && !(byte >= '0' && byte <= '9') && byte != '-' && byte != '_')
            return false;
    }
    return true;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

/* The next word of a line; empty at its end. */
static struct fen_str next_word(struct fen_str *line)
{
    while (line->size > 0 && is_blank(line->data[0]))
        *line = (struct fen_str){line->data + 1, line->size - 1};
    struct fen_str word = {line->data, 0};
    while (word.size < line->size && !is_blank(line->data[word.size]))
        word.size++;
    *line = (struct fen_str){line->data + word.size, line->size - word.size};
    return word;
}

static const struct fen_signing_key *find(const struct key_set *set, struct fen_str id)
{
    for (uint32_t index = 0; index < set->count; index++) {
        if (fen_str_equal(fen_str_from(set->keys[index].id), id))
            return &set->keys[index];
    }
    return NULL;
}

/* One line into the set; the reason it cannot, or NULL. */
static const char *read_line(struct key_set *set, struct fen_str line)
{
    struct fen_str id = next_word(&line);
    if (id.size == 0 || id.data[0] == '#')
        return NULL;
    struct fen_str text = next_word(&line);
    if (!fen_key_id_is_good(id) || next_word(&line).size > 0)
        return "a line is a key's id (letters, digits, - and _) and the key in base64url";
    if (set->count == FEN_KEY_COUNT_MAX)
        return "more than 16 keys";
    if (find(set, id) != NULL)
        return "the same key id twice";
    struct fen_buffer bytes = {0};
    const char *fault = NULL;
    if (!fen_base64_read(text, &bytes) || bytes.size_bytes < FEN_KEY_BYTES_MIN ||
        bytes.size_bytes > FEN_KEY_BYTES_MAX) {
        fault = "a key is 32 to 128 bytes in base64url without padding";
    } else {
        struct fen_signing_key *key = &set->keys[set->count++];
        memcpy(key->id, id.data, id.size);
        key->id[id.size] = '\0';
        memcpy(key->bytes, bytes.data, bytes.size_bytes);
        key->size_bytes = (uint32_t)bytes.size_bytes;
    }
    if (bytes.data != NULL)
        explicit_bzero(bytes.data, bytes.size_bytes);
    fen_buffer_deinit(&bytes);
    return fault;
}

static const char *read_text(struct key_set *set, struct fen_str text)
{
    const char *fault = NULL;
    while (text.size > 0 && fault == NULL) {
        const char *end = memchr(text.data, '\n', text.size);
        uint32_t size = end == NULL ? text.size : (uint32_t)(end - text.data);
        fault = read_line(set, (struct fen_str){text.data, size});
        size += end == NULL ? 0 : 1;
        text = (struct fen_str){text.data + size, text.size - size};
    }
    return fault == NULL && set->count == 0 ? "there is no key in it" : fault;
}

static const char *read_open_file(int descriptor, struct key_set *set, struct stamp *stamp_out)
{
    char bytes[FILE_BYTES_MAX];
    struct stat status;
    if (fstat(descriptor, &status) != 0)
        return strerror(errno);
    *stamp_out = (struct stamp){status.st_mtim, status.st_size, status.st_ino};
    if (!S_ISREG(status.st_mode) || status.st_size > FILE_BYTES_MAX)
        return "not a regular file of at most 16 KiB";
    if ((status.st_mode & S_IRWXO) != 0)
        return "everybody may read it: chmod o= first";
    ssize_t size = read(descriptor, bytes, sizeof bytes);
    if (size < 0)
        return strerror(errno);
    const char *fault = read_text(set, (struct fen_str){bytes, (uint32_t)size});
    explicit_bzero(bytes, sizeof bytes);
    return fault;
}

static const char *read_file(const char *path, struct key_set *set, struct stamp *stamp_out)
{
    memset(set, 0, sizeof *set);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return strerror(errno);
    const char *fault = read_open_file(descriptor, set, stamp_out);
    (void)close(descriptor);
    return fault;
}

struct fen_key_ring *fen_key_ring_create(const char *path, struct fen_buffer *reason)
{
    struct fen_key_ring *ring = calloc(1, sizeof *ring);
    FEN_ASSERT(ring != NULL && "out of memory");
    ring->path = strdup(path);
    FEN_ASSERT(ring->path != NULL && "out of memory");
    const char *fault = read_file(path, &ring->set, &ring->stamp);
    if (fault == NULL)
        return ring;
    fen_buffer_append_format(reason, "%s", fault);
    fen_key_ring_destroy(ring);
    return NULL;
}

void fen_key_ring_destroy(struct fen_key_ring *ring)
{
    if (ring == NULL)
        return;
    free(ring->path);
    explicit_bzero(ring, sizeof *ring);
    free(ring);
}

bool fen_key_ring_refresh(struct fen_key_ring *ring)
{
    struct stat status;
    if (stat(ring->path, &status) != 0)
        return false; /* between two versions of it, or gone: the keys in use stay */
    if (status.st_mtim.tv_sec == ring->stamp.modified.tv_sec &&
        status.st_mtim.tv_nsec == ring->stamp.modified.tv_nsec &&
        status.st_size == ring->stamp.size_bytes && status.st_ino == ring->stamp.inode)
        return false;
    struct key_set set;
    const char *fault = read_file(ring->path, &set, &ring->stamp);
    if (fault != NULL)
        FEN_LOG_ERROR("api", "the key file cannot be used; the keys stay as they were",
                      FEN_LOG_TEXT("file", ring->path), FEN_LOG_TEXT("reason", fault));
    else
        ring->set = set;
    if (fault == NULL)
        FEN_LOG_INFO("api", "keys read again", FEN_LOG_UINT("keys", ring->set.count),
                     FEN_LOG_TEXT("signer", ring->set.keys[0].id));
    explicit_bzero(&set, sizeof set);
    return fault == NULL;
}

const struct fen_signing_key *fen_key_ring_signer(const struct fen_key_ring *ring)
{
    return &ring->set.keys[0];
}

const struct fen_signing_key *fen_key_ring_find(const struct fen_key_ring *ring, struct fen_str id)
{
    return find(&ring->set, id);
}
