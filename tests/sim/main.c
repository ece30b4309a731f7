/*
 * main: fen_sim, worlds of simulated workers, projectors, Kafka and Redis, by seed.
 *
 *     fen_sim --seed N [--seeds COUNT] [--step N] [--workers N] [--mutant NAME] [--trace]
 *             [--events FILE --ledger FILE] [--die WAY]
 *
 * Runs the seeds N, N + step, ... Prints what fails with its seed, which alone brings it back, and
 * ends with 1; else a line with what was done. --die: go down instead of the last one, to show what
 * is said then (last_words.h).
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "sim/last_words.h"
#include "sim/mutants.h"
#include "sim/schedule.h"
#include "sim/world.h"

#define STEP_MAX UINT64_C(20000000)

struct arguments {
    struct sim_options options;
    uint64_t seed_count;
    uint64_t stride;
    const char *events;
    const char *ledger;
    const char *death; /* NULL: none; else how to end at the last seed */
};

static uint64_t seed_running;

static _Noreturn void refuse(const char *argument)
{
    (void)fprintf(stderr, "fen_sim: %s is not understood; see tests/README.md\n", argument);
    exit(2);
}

static uint64_t number_of(const char *text)
{
    char *end;
    uint64_t number = text == NULL ? 0 : strtoull(text, &end, 10);
    if (text == NULL || *end != '\0')
        refuse(text == NULL ? "a missing number" : text);
    return number;
}

static void take_option(struct arguments *arguments, const char *name, const char *value)
{
    if (strcmp(name, "--seed") == 0)
        arguments->options.seed = number_of(value);
    else if (strcmp(name, "--seeds") == 0)
        arguments->seed_count = number_of(value);
    else if (strcmp(name, "--step") == 0)
        arguments->stride = number_of(value);
    else if (strcmp(name, "--steps") == 0)
        arguments->options.step_max = number_of(value);
    else if (strcmp(name, "--workers") == 0)
        arguments->options.worker_count = (uint32_t)number_of(value);
    else if (strcmp(name, "--events") == 0)
        arguments->events = value;
    else if (strcmp(name, "--ledger") == 0)
        arguments->ledger = value;
    else if (strcmp(name, "--die") == 0)
        arguments->death = value;
    else if (strcmp(name, "--mutant") != 0 || value == NULL || !sim_mutant_choose(value))
        refuse(name);
}

static void write_file(const char *path, struct fen_str bytes)
{
    FILE *file = fopen(path, "w");
    if (file == NULL || fwrite(bytes.data, 1, bytes.size, file) != bytes.size ||
        fclose(file) != 0) {
        perror(path);
        exit(2);
    }
}

/* The events in the order in which they were sent; nonsense, which has no effect, apart. */
static void write_events(const struct sim_world *world, const char *path)
{
    struct fen_buffer text = {0};
    for (uint32_t i = 0; i < world->inputs.count; i++) {
        if (!fen_str_is_set(world->inputs.items[i].json))
            continue;
        fen_buffer_append_str(&text, world->inputs.items[i].json);
        fen_buffer_append_byte(&text, '\n');
    }
    write_file(path, fen_buffer_str(&text));
    fen_buffer_deinit(&text);
}

/* Worlds come and go: their memory is kept for the next, and no huge page is cleared for a few. */
static void keep_memory(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, 32 << 20);
    (void)mallopt(M_TRIM_THRESHOLD, 512 << 20);
    (void)prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
}

static void run_seed(const struct arguments *arguments, uint64_t *step_count, uint64_t *hash)
{
    struct fen_buffer ledger = {0};
    struct sim_world *world = sim_world_create(&arguments->options);
    if (arguments->ledger != NULL)
        world->ledger_out = &ledger;
    if (arguments->events != NULL)
        write_events(world, arguments->events);
    sim_world_run(world);
    *step_count += sim_schedule_step_count();
    *hash = *hash * 31 + sim_schedule_hash();
    /* What was closed when depends on the moment: no order of a file says that. */
    if (arguments->ledger != NULL && !world->is_refused && !world->inputs.has_closings)
        write_file(arguments->ledger, fen_buffer_str(&ledger));
    fen_buffer_deinit(&ledger);
    sim_world_destroy(world);
}

int main(int count, char **words)
{
    struct arguments arguments = {.options = {.seed = 1, .step_max = STEP_MAX},
                                  .seed_count = 1,
                                  .stride = 1};
    struct timespec from, to;
    uint64_t step_count = 0;
    uint64_t hash = 0;
    for (int i = 1; i < count; i++) {
        if (strcmp(words[i], "--trace") == 0) {
            arguments.options.traces = true;
        } else {
            take_option(&arguments, words[i], i + 1 < count ? words[i + 1] : NULL);
            i++;
        }
    }
    const struct fen_log_options log = {
        .level = arguments.options.traces ? FEN_LOG_LEVEL_INFO : FEN_LOG_LEVEL_ERROR,
        .descriptor = arguments.options.traces ? STDOUT_FILENO : -1};
    fen_log_init(&log);
    keep_memory();
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    sim_last_words_arm(&seed_running);
    (void)clock_gettime(CLOCK_MONOTONIC, &from);
    for (uint64_t i = 0; i < arguments.seed_count; i++) {
        seed_running = arguments.options.seed;
        if (arguments.death != NULL && i + 1 == arguments.seed_count)
            return sim_last_words_die(arguments.death) ? 1 : 2;
        run_seed(&arguments, &step_count, &hash);
        arguments.options.seed += arguments.stride;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &to);
    double seconds = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
    (void)printf("%llu seeds, %llu steps, %.1f s, %.0f seeds/s, hash %016llx\n",
                 (unsigned long long)arguments.seed_count, (unsigned long long)step_count, seconds,
                 (double)arguments.seed_count / seconds, (unsigned long long)hash);
    return 0;
}
