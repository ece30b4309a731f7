/*
 * topic_settings: the settings a topic is created with, and how those found are judged.
 *
 * Why apart from topics: what a topic must be like is a table of names and values; this file is
 * that table and its two uses. The functions fill in what topics.h promises.
 *
 * Threads: any one thread.
 */
#ifndef FEN_STREAM_TOPIC_SETTINGS_H
#define FEN_STREAM_TOPIC_SETTINGS_H

#include <stdbool.h>

#include "base/assert.h"
#include "base/buffer.h"
#include "stream/topics.h"

/*
 * Ask for the settings of the topics that exist and judge them: raises `condition` and fills `text`
 * of those that are still RIGHT. Where the service cannot tell, they become DOUBTFUL.
 */
void fen_topic_settings_judge(rd_kafka_t *admin, const struct fen_topics_options *options,
                              struct fen_topics_report *report);

/*
 * Create every topic that is missing. Returns: false with a sentence in `reason` that names the
 * first that could not be created; one that another process just created is no failure.
 */
bool fen_topic_settings_create(rd_kafka_t *admin, const struct fen_topics_options *options,
                               const struct fen_topics_report *report,
                               struct fen_buffer *reason) FEN_MUST_USE;

#endif /* FEN_STREAM_TOPIC_SETTINGS_H */
