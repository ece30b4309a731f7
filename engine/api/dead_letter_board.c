/* dead_letter_board: see dead_letter_board.h. */
#include "api/dead_letter_board.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/utf8.h"
#include "wire/json_fields.h"
#include "wire/topic.h"

#define ARENA_BYTES 4096u
#define SENTENCE_BYTES_MAX 300u

/* One letter; its texts stand behind it, in the same memory. */
struct note {
    struct fen_dead_letter_place place;
    enum fen_refusal code;
    enum fen_topic topic; /* COUNT: not known */
    int64_t partition;    /* of the record refused; FEN_NONE: not known */
    int64_t offset;
    struct fen_str event;
    struct fen_str sentence;
};

struct tenant_notes {
    struct fen_str tenant; /* owned */
    struct note **notes;   /* ascending by place */
    uint32_t note_count, note_capacity;
    uint64_t count; /* of all, whether kept or not */
    uint64_t count_by_code[FEN_REFUSAL_COUNT];
};

struct fen_dead_letter_board {
    enum fen_wire wire;
    pthread_mutex_t mutex; /* guards all below */
    struct fen_arena *arena;
    struct tenant_notes **tenants;
    uint32_t tenant_count, tenant_capacity;
    uint64_t nobodys_count;
    bool is_current;
};

struct fen_dead_letter_board *fen_dead_letter_board_create(enum fen_wire wire)
{
    struct fen_dead_letter_board *board = calloc(1, sizeof *board);
    FEN_ASSERT(board != NULL && "out of memory");
    board->wire = wire;
    board->arena = fen_arena_create(ARENA_BYTES);
    FEN_ASSERT(pthread_mutex_init(&board->mutex, NULL) == 0);
    return board;
}

static void tenant_destroy(struct tenant_notes *tenant)
{
    for (uint32_t index = 0; index < tenant->note_count; index++)
        free(tenant->notes[index]);
    free(tenant->notes);
    free((void *)(uintptr_t)tenant->tenant.data);
    free(tenant);
}

static void clear(struct fen_dead_letter_board *board)
{
    for (uint32_t index = 0; index < board->tenant_count; index++)
        tenant_destroy(board->tenants[index]);
    board->tenant_count = 0;
    board->nobodys_count = 0;
    board->is_current = false;
}

void fen_dead_letter_board_destroy(struct fen_dead_letter_board *board)
{
    if (board == NULL)
        return;
    clear(board);
    free(board->tenants);
    fen_arena_destroy(board->arena);
    (void)pthread_mutex_destroy(&board->mutex);
    free(board);
}

/* --- putting in ------------------------------------------------------------------------------- */

static struct tenant_notes *tenant_find(const struct fen_dead_letter_board *board,
                                        struct fen_str name)
{
    for (uint32_t index = 0; index < board->tenant_count; index++)
        if (fen_str_equal(board->tenants[index]->tenant, name))
            return board->tenants[index];
    return NULL;
}

/* NULL: there is no room for another. */
static struct tenant_notes *tenant_make(struct fen_dead_letter_board *board, struct fen_str name)
{
    if (board->tenant_count == FEN_DEAD_LETTER_TENANT_COUNT_MAX)
        return NULL;
    struct tenant_notes *tenant = calloc(1, sizeof *tenant);
    char *copy = malloc(name.size);
    FEN_ASSERT(tenant != NULL && copy != NULL && "out of memory");
    memcpy(copy, name.data, name.size);
    tenant->tenant = (struct fen_str){copy, name.size};
    board->tenants = fen_array_reach(board->tenants, &board->tenant_capacity, board->tenant_count,
                                     sizeof *board->tenants);
    board->tenants[board->tenant_count++] = tenant;
    return tenant;
}

static int place_compare(const struct fen_dead_letter_place *a,
                         const struct fen_dead_letter_place *b)
{
    if (a->at_ms != b->at_ms)
        return a->at_ms < b->at_ms ? -1 : 1;
    if (a->partition != b->partition)
        return a->partition < b->partition ? -1 : 1;
    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

/* How many of the tenant's notes stand before a place. */
static uint32_t notes_before(const struct tenant_notes *tenant,
                             const struct fen_dead_letter_place *place)
{
    uint32_t from = 0, to = tenant->note_count;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (place_compare(&tenant->notes[middle]->place, place) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static bool is_there(const struct tenant_notes *tenant, const struct fen_dead_letter_place *place)
{
    uint32_t at = notes_before(tenant, place);
    return at < tenant->note_count && place_compare(&tenant->notes[at]->place, place) == 0;
}

/* A sentence that is not UTF-8 was not written by fen. */
static struct fen_str sentence_of(const struct fen_dead_letter *letter)
{
    bool is_good = letter->sentence.size > 0 && letter->sentence.size <= SENTENCE_BYTES_MAX &&
                   fen_utf8_is_valid(letter->sentence.data, letter->sentence.size);
    return is_good ? letter->sentence : FEN_STR_NONE;
}

static struct note *note_make(const struct fen_dead_letter *letter,
                              const struct fen_dead_letter_place *place, struct fen_str event)
{
    struct fen_str sentence = sentence_of(letter);
    struct note *note = malloc(sizeof *note + event.size + sentence.size);
    FEN_ASSERT(note != NULL && "out of memory");
    char *texts = (char *)(note + 1);
    *note = (struct note){
        .place = *place,
        .code = letter->code,
        .topic = fen_topic_find(letter->topic),
        .partition = letter->partition,
        .offset = letter->offset,
        .event = {event.size == 0 ? NULL : texts, event.size},
        .sentence = {sentence.size == 0 ? NULL : texts + event.size, sentence.size},
    };
    (void)fen_str_write(fen_str_write(texts, event), sentence);
    return note;
}

/* Insert it where it stands by time; of too many the oldest goes. */
static void note_put(struct tenant_notes *tenant, const struct fen_dead_letter *letter,
                     const struct fen_dead_letter_place *place, struct fen_str event)
{
    uint32_t at = notes_before(tenant, place);
    bool is_full = tenant->note_count == FEN_DEAD_LETTER_COUNT_MAX;
    if (is_full && at == 0)
        return;
    struct note *note = note_make(letter, place, event);
    if (is_full) {
        free(tenant->notes[0]);
        at--;
        memmove(tenant->notes, tenant->notes + 1, at * sizeof *tenant->notes);
    } else {
        tenant->notes = fen_array_reach(tenant->notes, &tenant->note_capacity, tenant->note_count,
                                        sizeof *tenant->notes);
        memmove(tenant->notes + at + 1, tenant->notes + at,
                (tenant->note_count - at) * sizeof *tenant->notes);
        tenant->note_count++;
    }
    tenant->notes[at] = note;
}

static void put(struct fen_dead_letter_board *board, const struct fen_message *message,
                const struct fen_dead_letter *letter)
{
    struct fen_str name, event;
    const struct fen_dead_letter_place place = {
        message->timestamp_ms < 0 ? 0 : message->timestamp_ms, message->partition,
        message->offset};
    fen_arena_reset(board->arena);
    fen_dead_letter_owner(board->wire, message, letter->code, board->arena, &name, &event);
    struct tenant_notes *tenant = NULL;
    if (fen_str_is_set(name))
        tenant = tenant_find(board, name);
    if (fen_str_is_set(name) && tenant == NULL)
        tenant = tenant_make(board, name);
    if (tenant == NULL) {
        board->nobodys_count++;
        return;
    }
    if (is_there(tenant, &place)) /* Kafka gives a record twice at times */
        return;
    tenant->count++;
    tenant->count_by_code[letter->code]++;
    note_put(tenant, letter, &place, event);
}

void fen_dead_letter_board_put(struct fen_dead_letter_board *board,
                               const struct fen_message *message)
{
    struct fen_dead_letter letter;
    if (!fen_dead_letter_read(message, &letter))
        return;
    (void)pthread_mutex_lock(&board->mutex);
    put(board, message, &letter);
    (void)pthread_mutex_unlock(&board->mutex);
}

void fen_dead_letter_board_clear(struct fen_dead_letter_board *board)
{
    (void)pthread_mutex_lock(&board->mutex);
    clear(board);
    (void)pthread_mutex_unlock(&board->mutex);
}

void fen_dead_letter_board_set_current(struct fen_dead_letter_board *board, bool is_current)
{
    (void)pthread_mutex_lock(&board->mutex);
    board->is_current = is_current;
    (void)pthread_mutex_unlock(&board->mutex);
}

/* --- the answer ------------------------------------------------------------------------------- */

/* A number without sign before `end` or the text's end, which the text is moved behind. */
static bool take_number(struct fen_str *text, char end, int64_t *number_out)
{
    uint32_t size = 0;
    int64_t number = 0;
    for (; size < text->size && text->data[size] != end; size++) {
        char digit = text->data[size];
        if (digit < '0' || digit > '9' || size == 18)
            return false;
        number = 10 * number + (digit - '0');
    }
    bool has_end = size < text->size;
    *number_out = number;
    if (size == 0 || has_end != (end != '\0'))
        return false;
    size += has_end ? 1 : 0;
    *text = (struct fen_str){text->data + size, text->size - size};
    return true;
}

bool fen_dead_letter_place_read(struct fen_str text, struct fen_dead_letter_place *place_out)
{
    int64_t partition;
    *place_out = (struct fen_dead_letter_place){.at_ms = 0};
    if (!take_number(&text, '-', &place_out->at_ms) || !take_number(&text, '-', &partition) ||
        !take_number(&text, '\0', &place_out->offset) || partition > UINT32_MAX)
        return false;
    place_out->partition = (uint32_t)partition;
    return true;
}

static void append_place(struct fen_buffer *out, const struct fen_dead_letter_place *place)
{
    fen_buffer_append_format(out, "\"%" PRId64 "-%" PRIu32 "-%" PRId64 "\"", place->at_ms,
                             place->partition, place->offset);
}

static void append_note(struct fen_buffer *out, const struct note *note)
{
    bool is_known = note->topic != FEN_TOPIC_COUNT;
    fen_buffer_append_format(out, "{\"letter\":");
    append_place(out, &note->place);
    fen_buffer_append_format(out, ",\"at\":%" PRId64 ",\"code\":\"%s\"", note->place.at_ms,
                             fen_refusal_name(note->code));
    fen_json_text(out, "event", note->event);
    fen_json_text(out, "message", note->sentence);
    fen_json_text(out, "topic",
                  is_known ? fen_str_from(fen_topic_info(note->topic)->name) : FEN_STR_NONE);
    fen_json_integer(out, "partition", note->partition);
    fen_json_integer(out, "offset", note->offset);
    fen_buffer_append_byte(out, '}');
}

static void append_codes(struct fen_buffer *out, const struct tenant_notes *tenant)
{
    bool is_first = true;
    fen_buffer_append_format(out, ",\"by_code\":{");
    for (int code = 1; code < FEN_REFUSAL_COUNT; code++) {
        if (tenant == NULL || tenant->count_by_code[code] == 0)
            continue;
        fen_buffer_append_format(out, "%s\"%s\":%" PRIu64, is_first ? "" : ",",
                                 fen_refusal_name((enum fen_refusal)code),
                                 tenant->count_by_code[code]);
        is_first = false;
    }
    fen_buffer_append_byte(out, '}');
}

/* The page ends at the note [end); the next one is asked for by the last that was shown. */
static void append_notes(struct fen_buffer *out, const struct tenant_notes *tenant, uint32_t end,
                         uint32_t limit)
{
    uint32_t first = end > limit ? end - limit : 0;
    fen_buffer_append_format(out, ",\"dead_letters\":[");
    for (uint32_t index = end; index-- > first;) {
        append_note(out, tenant->notes[index]);
        if (index > first)
            fen_buffer_append_byte(out, ',');
    }
    fen_buffer_append_format(out, "],\"next\":");
    if (first > 0)
        append_place(out, &tenant->notes[first]->place);
    else
        fen_buffer_append_format(out, "null");
}

static void append_page(struct fen_buffer *out, const struct fen_dead_letter_board *board,
                        struct fen_str tenant, const struct fen_dead_letter_place *before,
                        uint32_t limit)
{
    const struct tenant_notes *notes = tenant_find(board, tenant);
    uint32_t end = notes == NULL ? 0 : notes->note_count;
    if (notes != NULL && before != NULL)
        end = notes_before(notes, before);
    fen_buffer_append_format(out, ",\"count\":%" PRIu64 ",\"kept\":%" PRIu32,
                             notes == NULL ? 0 : notes->count,
                             notes == NULL ? 0 : notes->note_count);
    append_codes(out, notes);
    append_notes(out, notes, end, limit);
    fen_buffer_append_format(out, ",\"nobodys\":%" PRIu64 ",\"is_current\":%s}",
                             board->nobodys_count, board->is_current ? "true" : "false");
}

void fen_dead_letter_board_append_json(struct fen_dead_letter_board *board, struct fen_str tenant,
                                       const struct fen_dead_letter_place *before, uint32_t limit,
                                       struct fen_buffer *out)
{
    fen_buffer_append_format(out, "{\"tenant\":");
    fen_json_append_text(out, tenant);
    if (board == NULL) {
        fen_buffer_append_format(out, ",\"count\":null,\"kept\":0,\"by_code\":{},"
                                      "\"dead_letters\":[],\"next\":null,\"nobodys\":0,"
                                      "\"is_current\":false}");
        return;
    }
    (void)pthread_mutex_lock(&board->mutex);
    append_page(out, board, tenant, before, limit);
    (void)pthread_mutex_unlock(&board->mutex);
}
