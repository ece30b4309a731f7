/* quarantine: see the header. One mapped file: what is in hand, and who is suspected. */
#include "stream/quarantine.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "wire/topic.h"

#define MAGIC UINT64_C(0x31747061206e6566) /* "fen apt1" */
#define RANGE_COUNT_MAX 8192u
#define SUSPECT_COUNT_MAX 1024u
#define CRASHES_CONDEMNED 2u
#define KILLS_CONDEMNED 5u
#define SIGNAL_STACK_BYTES 16384

/* AddressSanitizer and ThreadSanitizer have handlers of their own, which say more than ours. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_OWN_HANDLER 0
#else
#define HAS_OWN_HANDLER 1
#endif

enum phase { PHASE_IDLE, PHASE_ONE, PHASE_ALL };

/* Messages of a partition with from <= offset < to. */
struct range {
    uint32_t topic;
    uint32_t partition;
    int64_t from;
    int64_t to;
};

struct suspect {
    struct range range;
    uint32_t crashes;
    uint32_t kills;
};

/* The file. Numbers are this machine's: it is never moved to another. */
struct journal {
    uint64_t magic;
    uint32_t phase;
    uint32_t is_marked; /* by the signal handler: the thread that was in it crashed */
    uint32_t range_count;
    uint32_t suspect_count;
    struct range ranges[RANGE_COUNT_MAX]; /* in hand; in PHASE_ONE the first */
    struct suspect suspects[SUSPECT_COUNT_MAX];
};

struct fen_quarantine {
    struct journal *journal;
    int descriptor;
};

/* The journal of the thread that works on a batch: where a signal leaves its mark. */
static _Thread_local struct journal *journal_in_hand;
static _Thread_local bool has_signal_stack;

static void mark(int signal_number)
{
    if (journal_in_hand != NULL)
        journal_in_hand->is_marked = 1;
    (void)signal(signal_number, SIG_DFL);
    (void)raise(signal_number);
}

static void install_handlers(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    struct sigaction action = {.sa_handler = mark, .sa_flags = SA_ONSTACK | SA_NODEFER};
    for (size_t i = 0; i < sizeof signals / sizeof *signals && HAS_OWN_HANDLER; i++)
        (void)sigaction(signals[i], &action, NULL);
}

/* A message that exhausts the stack leaves none for the handler. Lives as long as the thread. */
static void make_signal_stack(void)
{
    static _Thread_local char memory[SIGNAL_STACK_BYTES];
    stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory};
    if (HAS_OWN_HANDLER)
        (void)sigaltstack(&stack, NULL);
    has_signal_stack = true;
}

static bool is_sound(const struct journal *journal)
{
    return journal->magic == MAGIC && journal->phase <= PHASE_ALL &&
           journal->range_count <= RANGE_COUNT_MAX &&
           journal->suspect_count <= SUSPECT_COUNT_MAX;
}

static bool covers(const struct range *range, enum fen_topic topic, uint32_t partition,
                   int64_t offset)
{
    return range->topic == (uint32_t)topic && range->partition == partition &&
           range->from <= offset && offset < range->to;
}

static bool is_condemned(const struct suspect *suspect)
{
    return suspect->range.to - suspect->range.from == 1 &&
           suspect->range.topic != FEN_TOPIC_POSTINGS &&
           (suspect->crashes >= CRASHES_CONDEMNED || suspect->kills >= KILLS_CONDEMNED);
}

/* The suspect of exactly this range, else a new one that inherits what a wider one has. */
static struct suspect *suspect_of(struct journal *journal, const struct range *range)
{
    struct suspect inherited = {.range = *range};
    for (uint32_t i = 0; i < journal->suspect_count; i++) {
        struct suspect *suspect = &journal->suspects[i];
        if (!covers(&suspect->range, (enum fen_topic)range->topic, range->partition, range->from))
            continue;
        if (suspect->range.from == range->from && suspect->range.to == range->to)
            return suspect;
        if (suspect->crashes > inherited.crashes)
            inherited.crashes = suspect->crashes;
    }
    if (journal->suspect_count == SUSPECT_COUNT_MAX) /* the oldest gives way */
        memmove(journal->suspects, journal->suspects + 1,
                --journal->suspect_count * sizeof *journal->suspects);
    journal->suspects[journal->suspect_count] = inherited;
    return &journal->suspects[journal->suspect_count++];
}

static void tell(const struct suspect *suspect)
{
    FEN_LOG(is_condemned(suspect) ? FEN_LOG_LEVEL_ERROR : FEN_LOG_LEVEL_WARN, "quarantine",
            is_condemned(suspect) ? "a message has brought the process down: it is dead-lettered"
                                  : "the process ended with messages in hand: worked on alone",
            FEN_LOG_TEXT("topic", fen_topic_info((enum fen_topic)suspect->range.topic)->name),
            FEN_LOG_UINT("partition", suspect->range.partition),
            FEN_LOG_INT("from", suspect->range.from), FEN_LOG_INT("to", suspect->range.to),
            FEN_LOG_UINT("crashes", suspect->crashes), FEN_LOG_UINT("kills", suspect->kills));
}

/* Count what the last life had in hand when it ended. */
static void accuse(struct journal *journal)
{
    bool is_one = journal->phase == PHASE_ONE;
    bool is_accused = journal->is_marked != 0 || is_one;
    uint32_t count = journal->phase == PHASE_IDLE || !is_accused ? 0 : journal->range_count;
    for (uint32_t i = 0; i < count; i++) {
        const struct range *range = &journal->ranges[i];
        if (range->topic >= FEN_TOPIC_COUNT || range->from >= range->to)
            continue;
        struct suspect *suspect = suspect_of(journal, range);
        suspect->crashes += journal->is_marked != 0;
        suspect->kills += journal->is_marked == 0;
        tell(suspect);
    }
    journal->phase = PHASE_IDLE;
    journal->is_marked = 0;
    journal->range_count = 0;
}

/* Blocks are reserved: a page that found no room when it is written would end the process. */
static struct journal *map(int descriptor, const char *path, struct fen_buffer *reason)
{
    int error = posix_fallocate(descriptor, 0, sizeof(struct journal));
    void *memory = MAP_FAILED;
    if (error == 0)
        memory = mmap(NULL, sizeof(struct journal), PROT_READ | PROT_WRITE, MAP_SHARED,
                      descriptor, 0);
    if (memory != MAP_FAILED)
        return memory;
    fen_buffer_append_format(reason, "%s: %s", path, strerror(error == 0 ? errno : error));
    return NULL;
}

struct fen_quarantine *fen_quarantine_open(const char *directory, const char *name,
                                           struct fen_buffer *reason)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s.attempts", directory, name);
    int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        fen_buffer_append_format(reason, "%s: %s", path, strerror(errno));
        return NULL;
    }
    struct journal *journal = map(descriptor, path, reason);
    struct fen_quarantine *quarantine = calloc(1, sizeof *quarantine);
    FEN_ASSERT(quarantine != NULL);
    if (journal == NULL) {
        (void)close(descriptor);
        free(quarantine);
        return NULL;
    }
    if (!is_sound(journal)) {
        memset(journal, 0, sizeof *journal);
        journal->magic = MAGIC;
    }
    accuse(journal);
    (void)msync(journal, sizeof *journal, MS_SYNC);
    (void)fsync(descriptor);
    install_handlers();
    *quarantine = (struct fen_quarantine){.journal = journal, .descriptor = descriptor};
    return quarantine;
}

void fen_quarantine_close(struct fen_quarantine *quarantine)
{
    if (quarantine == NULL)
        return;
    fen_quarantine_rest(quarantine);
    (void)munmap(quarantine->journal, sizeof *quarantine->journal);
    (void)close(quarantine->descriptor);
    free(quarantine);
}

bool fen_quarantine_is_empty(const struct fen_quarantine *quarantine)
{
    return quarantine == NULL || quarantine->journal->suspect_count == 0;
}

enum fen_suspicion fen_quarantine_look(const struct fen_quarantine *quarantine,
                                       enum fen_topic topic, uint32_t partition, int64_t offset)
{
    enum fen_suspicion suspicion = FEN_UNSUSPECTED;
    if (fen_quarantine_is_empty(quarantine))
        return suspicion;
    for (uint32_t i = 0; i < quarantine->journal->suspect_count; i++) {
        const struct suspect *suspect = &quarantine->journal->suspects[i];
        if (!covers(&suspect->range, topic, partition, offset))
            continue;
        if (is_condemned(suspect))
            return FEN_CONDEMNED;
        suspicion = FEN_SUSPECTED;
    }
    return suspicion;
}

void fen_quarantine_take(struct fen_quarantine *quarantine, const struct fen_message *message)
{
    if (quarantine == NULL)
        return;
    struct journal *journal = quarantine->journal;
    if (!has_signal_stack)
        make_signal_stack();
    journal_in_hand = journal;
    journal->phase = PHASE_IDLE;
    journal->ranges[0] = (struct range){(uint32_t)message->topic, message->partition,
                                        message->offset, message->offset + 1};
    journal->range_count = 1;
    journal->phase = PHASE_ONE;
}

void fen_quarantine_gather(struct fen_quarantine *quarantine)
{
    if (quarantine == NULL)
        return;
    journal_in_hand = quarantine->journal;
    quarantine->journal->phase = PHASE_ALL;
    quarantine->journal->range_count = 0;
}

void fen_quarantine_add(struct fen_quarantine *quarantine, enum fen_topic topic,
                        uint32_t partition, int64_t from, int64_t to)
{
    if (quarantine == NULL || quarantine->journal->range_count == RANGE_COUNT_MAX)
        return;
    quarantine->journal->ranges[quarantine->journal->range_count++] =
        (struct range){(uint32_t)topic, partition, from, to};
}

void fen_quarantine_rest(struct fen_quarantine *quarantine)
{
    if (quarantine == NULL)
        return;
    quarantine->journal->phase = PHASE_IDLE;
    journal_in_hand = NULL;
}

/* Inputs that a restore reads again: who is condemned there stays so. */
static bool is_read_again(uint32_t topic)
{
    return topic == FEN_TOPIC_TOUCH_EVENTS || topic == FEN_TOPIC_ORG_EVENTS ||
           topic == FEN_TOPIC_PLANS;
}

void fen_quarantine_pass(struct fen_quarantine *quarantine, enum fen_topic topic,
                         uint32_t partition, int64_t next)
{
    if (fen_quarantine_is_empty(quarantine))
        return;
    struct journal *journal = quarantine->journal;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < journal->suspect_count; i++) {
        const struct suspect *suspect = &journal->suspects[i];
        bool has_passed = suspect->range.topic == (uint32_t)topic &&
                          suspect->range.partition == partition && suspect->range.to <= next;
        if (!has_passed || (is_condemned(suspect) && is_read_again(suspect->range.topic)))
            journal->suspects[kept++] = *suspect;
    }
    journal->suspect_count = kept;
}
