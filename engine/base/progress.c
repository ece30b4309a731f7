/* progress: see the header. */
#include "base/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BAR_CELLS 30
#define DRAW_INTERVAL_MS 100

static int64_t monotonic_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void fen_progress_init(struct fen_progress *progress, const char *title, uint64_t total)
{
    const char *term = getenv("TERM");
    const char *no_color = getenv("NO_COLOR");
    bool is_visible =
        isatty(STDERR_FILENO) == 1 && term != NULL && strcmp(term, "dumb") != 0;
    *progress = (struct fen_progress){
        .title = title,
        .total = total,
        .start_ms = monotonic_ms(),
        .is_visible = is_visible,
        .has_color = is_visible && (no_color == NULL || *no_color == '\0'),
    };
}

/* "12,345,678" into `out`. */
static void format_count(uint64_t count, char out[32])
{
    char digits[32];
    int size = snprintf(digits, sizeof digits, "%llu", (unsigned long long)count);
    int at = 0;
    for (int i = 0; i < size; i++) {
        if (i > 0 && (size - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
}

static void draw(struct fen_progress *progress, uint64_t done, int64_t now_ms)
{
    int64_t elapsed_ms = now_ms - progress->start_ms;
    uint64_t rate = elapsed_ms > 0 ? done * 1000 / (uint64_t)elapsed_ms : 0;
    char done_text[32];
    char rate_text[32];
    format_count(done, done_text);
    format_count(rate, rate_text);
    if (progress->total == 0) {
        fprintf(stderr, "\r%s %s  %s/s\x1b[K", progress->title, done_text, rate_text);
        return;
    }
    uint64_t shown = done < progress->total ? done : progress->total;
    int cells = (int)(shown * BAR_CELLS / progress->total);
    char bar[BAR_CELLS * 4 + 1];
    int size = 0;
    for (int i = 0; i < BAR_CELLS; i++)
        size += snprintf(bar + size, sizeof bar - (size_t)size, "%s", i < cells ? "█" : "░");
    uint64_t left_s = rate > 0 ? (progress->total - shown) / rate : 0;
    fprintf(stderr, "\r%s %s%s%s %3llu%%  %s  %s/s  %llu:%02llu\x1b[K", progress->title,
            progress->has_color ? "\x1b[36m" : "", bar, progress->has_color ? "\x1b[0m" : "",
            (unsigned long long)(shown * 100 / progress->total), done_text, rate_text,
            (unsigned long long)(left_s / 60), (unsigned long long)(left_s % 60));
}

void fen_progress_update(struct fen_progress *progress, uint64_t done)
{
    if (!progress->is_visible)
        return;
    int64_t now_ms = monotonic_ms();
    if (now_ms - progress->drawn_ms < DRAW_INTERVAL_MS)
        return;
    progress->drawn_ms = now_ms;
    draw(progress, done, now_ms);
    (void)fflush(stderr);
}

void fen_progress_deinit(struct fen_progress *progress, uint64_t done)
{
    if (!progress->is_visible)
        return;
    draw(progress, done, monotonic_ms());
    fputc('\n', stderr);
    (void)fflush(stderr);
    progress->is_visible = false;
}
