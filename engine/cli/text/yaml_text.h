/*
 * yaml_text: values written into plan files.
 *
 * Threads: any; nothing is shared.
 */
#ifndef FEN_CLI_TEXT_YAML_TEXT_H
#define FEN_CLI_TEXT_YAML_TEXT_H

#include "base/buffer.h"
#include "plan/words.h"

/* A text as it may stand within brackets, in quotes where YAML would read it otherwise. */
void fen_yaml_append(struct fen_buffer *out, struct fen_str text);

/* `key: `, with a comma before it unless it is the first in its brackets. */
void fen_yaml_append_key(struct fen_buffer *out, const struct fen_words *words, int key,
                         enum fen_language language);

/* The language in which a plan's keys are written: that of its first key. */
enum fen_language fen_yaml_language(const struct fen_node *root);

#endif /* FEN_CLI_TEXT_YAML_TEXT_H */
