/* config_file: fen.yaml, read with the plan's strict YAML reader, into a config. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options/config.h"
#include "cli/text/lines.h"
#include "plan/diagnose.h"
#include "plan/lint.h"
#include "plan/node.h"

struct config_file {
    struct fen_config *config;
    const struct fen_command *command;
    const char *path;
    struct fen_diagnostics diagnostics;
};

/* The variable's value, or the text after `:-`; NULL when it is missing and needed. */
static const char *variable_value(struct config_file *file, struct fen_str inside,
                                  struct fen_place place)
{
    const char *text = fen_arena_format(file->config->arena, "%.*s", FEN_STR_ARG(inside)).data;
    const char *rest = strstr(text, ":-");
    bool has_default = rest != NULL;
    if (rest == NULL)
        rest = strstr(text, ":?");
    struct fen_str name = rest == NULL ? fen_str_from(text)
                                       : (struct fen_str){text, (uint32_t)(rest - text)};
    const char *value =
        getenv(fen_arena_format(file->config->arena, "%.*s", FEN_STR_ARG(name)).data);
    if (value != NULL && (*value != '\0' || rest == NULL))
        return value;
    if (has_default)
        return rest + 2;
    if (rest != NULL && rest[2] != '\0')
        fen_diagnose(&file->diagnostics, place, "the environment variable %.*s is not set: %s",
                     "环境变量 %.*s 未设置：%s", FEN_STR_ARG(name), rest + 2);
    else
        fen_diagnose(&file->diagnostics, place,
                     "the environment variable %.*s is not set; set it, or write ${%.*s:-default}",
                     "环境变量 %.*s 未设置；请设置，或写 ${%.*s:-默认值}", FEN_STR_ARG(name),
                     FEN_STR_ARG(name));
    return NULL;
}

/* The scalar with ${...} replaced; `$$` is a dollar. NULL after a mistake. */
static const char *expand(struct config_file *file, struct fen_place place)
{
    struct fen_buffer out = {0};
    struct fen_str text = place.text;
    bool is_good = true;
    for (uint32_t i = 0; i < text.size && is_good; i++) {
        if (text.data[i] != '$' || i + 1 == text.size
            || (text.data[i + 1] != '{' && text.data[i + 1] != '$')) {
            fen_buffer_append_byte(&out, text.data[i]);
            continue;
        }
        if (text.data[++i] == '$') {
            fen_buffer_append_byte(&out, '$');
            continue;
        }
        const char *inside = text.data + i + 1;
        const char *end = memchr(inside, '}', text.size - i - 1);
        if (end == NULL) {
            fen_diagnose(&file->diagnostics, place, "${ has no }; write ${NAME}",
                         "${ 缺少 }；请写 ${名称}");
            is_good = false;
            continue;
        }
        const char *value = variable_value(
            file, (struct fen_str){inside, (uint32_t)(end - inside)}, place);
        is_good = value != NULL;
        if (is_good)
            fen_buffer_append_str(&out, fen_str_from(value));
        i = (uint32_t)(end - text.data);
    }
    struct fen_str whole = fen_buffer_str(&out);
    const char *result =
        is_good ? fen_arena_format(file->config->arena, "%.*s", FEN_STR_ARG(whole)).data : NULL;
    fen_buffer_deinit(&out);
    return result;
}

static const char *place_text(struct config_file *file, struct fen_place place)
{
    return fen_arena_format(file->config->arena, "%s:%u", file->path, place.line).data;
}

/* Whether a node has been complained about already. */
static bool is_broken(const struct config_file *file, const struct fen_node *node)
{
    return node->kind == FEN_NODE_BROKEN ||
           fen_diagnostics_has_error_at(&file->diagnostics, node->place);
}

/* Whether the key was given before in this mapping. */
static bool is_repeated(const struct fen_node *mapping, const struct fen_node *node)
{
    for (const struct fen_node *other = mapping->first; other != node; other = other->next) {
        if (fen_str_equal(other->key->place.text, node->key->place.text))
            return true;
    }
    return false;
}

static bool is_usable(struct config_file *file, const struct fen_node *mapping,
                      const struct fen_node *node, enum fen_node_kind kind)
{
    if (is_broken(file, node->key) || is_broken(file, node))
        return false;
    struct fen_place place = node->key->place;
    if (is_repeated(mapping, node))
        fen_diagnose(&file->diagnostics, place, "\"%.*s\" stands here a second time; keep one",
                     "“%.*s”重复出现；请只保留一个", FEN_STR_ARG(place.text));
    else if (node->kind != kind && kind == FEN_NODE_SCALAR)
        fen_diagnose(&file->diagnostics, node->place, "\"%.*s\" takes one value, not a %s",
                     "“%.*s”只能是一个值，而不是 %s", FEN_STR_ARG(place.text),
                     node->kind == FEN_NODE_LIST ? "list" : "mapping");
    else if (node->kind != kind)
        fen_diagnose(&file->diagnostics, node->place,
                     "\"%.*s\" takes lines of its own, each `setting: value`",
                     "“%.*s”下应逐行写“设置: 值”", FEN_STR_ARG(place.text));
    else
        return true;
    return false;
}

static void read_kafka(struct config_file *file, const struct fen_node *mapping)
{
    for (const struct fen_node *node = mapping->first; node != NULL; node = node->next) {
        if (!is_usable(file, mapping, node, FEN_NODE_SCALAR))
            continue;
        const char *text = expand(file, node->place);
        struct fen_str name = node->key->place.text;
        if (text != NULL)
            fen_config_set_kafka(
                file->config,
                fen_arena_format(file->config->arena, "%.*s", FEN_STR_ARG(name)).data, text,
                FEN_CONFIG_FILE, place_text(file, node->place));
    }
}

static void say_unknown_key(struct config_file *file, const struct fen_node *node,
                            const char *name)
{
    struct fen_place place = node->key->place;
    const char *near = fen_option_suggest(file->command, name);
    if (strcmp(name, "bootstrap") == 0 || strcmp(name, "bootstrap.servers") == 0) {
        fen_diagnose(&file->diagnostics, place,
                     "write it under `kafka:`, as `bootstrap.servers: HOST:PORT`",
                     "请写在 kafka: 之下：bootstrap.servers: HOST:PORT");
        return;
    }
    if (near == NULL || fen_config_find(file->config, near) == NULL) {
        fen_diagnose(&file->diagnostics, place,
                     "\"%.*s\" is no key of this file; `fen config show` prints them all",
                     "“%.*s”不是本文件的键；fen config show 可列出全部", FEN_STR_ARG(place.text));
        return;
    }
    char *key = fen_arena_allocate(file->config->arena, strlen(near) + 1);
    for (size_t i = 0; i <= strlen(near); i++)
        key[i] = near[i] == '-' ? '_' : near[i];
    fen_diagnose(&file->diagnostics, place, "\"%.*s\" is no key of this file; write \"%s\"",
                 "“%.*s”不是本文件的键；请写“%s”", FEN_STR_ARG(place.text), key);
}

static void read_value(struct config_file *file, const struct fen_node *root,
                       const struct fen_node *node, const char *name)
{
    struct fen_config_value *value = fen_config_find(file->config, name);
    if (value == NULL) {
        say_unknown_key(file, node, name);
        return;
    }
    if (!is_usable(file, root, node, FEN_NODE_SCALAR))
        return;
    const char *text = expand(file, node->place);
    if (text == NULL)
        return;
    const struct fen_option *option = file->command->options;
    while (strcmp(option->name, name) != 0)
        option++;
    if (!fen_option_read(option, text, &value->number)) {
        fen_diagnose(&file->diagnostics, node->place,
                     "\"%s\" is not a value that %.*s takes; see --%s in `fen run --help`",
                     "“%s”不是 %.*s 可用的值；见 fen run --help 中的 --%s", text,
                     FEN_STR_ARG(node->key->place.text), name);
        return;
    }
    value->text = text;
    value->origin = FEN_CONFIG_FILE;
    value->place = place_text(file, node->place);
}

static void read_root(struct config_file *file, const struct fen_node *root)
{
    if (root->kind != FEN_NODE_MAPPING) {
        if (!is_broken(file, root))
            fen_diagnose(&file->diagnostics, root->place, "the file holds `key: value` lines",
                         "文件应由“键: 值”组成");
        return;
    }
    for (const struct fen_node *node = root->first; node != NULL; node = node->next) {
        if (is_broken(file, node->key))
            continue;
        struct fen_str key = node->key->place.text;
        char *name = fen_arena_allocate(file->config->arena, key.size + 1);
        for (uint32_t i = 0; i < key.size; i++)
            name[i] = key.data[i] == '_' ? '-' : key.data[i];
        name[key.size] = '\0';
        if (strcmp(name, "kafka") != 0)
            read_value(file, root, node, name);
        else if (is_usable(file, root, node, FEN_NODE_MAPPING))
            read_kafka(file, node);
    }
}

static void read_text(struct config_file *file, struct fen_str yaml)
{
    struct fen_arena *arena = file->config->arena;
    struct fen_str text;
    struct fen_syntax syntax;
    if (!fen_lint_bytes(yaml, arena, &file->diagnostics, &text))
        return;
    const struct fen_node *root = fen_node_read(text, arena, &file->diagnostics, &syntax);
    if (syntax.line > 0)
        fen_diagnostics_add(&file->diagnostics, false, syntax.line, syntax.column, FEN_STR_NONE,
                            fen_str_from(syntax.problem));
    if (root != NULL) {
        fen_node_refuse_wide(root, &file->diagnostics);
        read_root(file, root);
    }
    fen_diagnostics_sort(&file->diagnostics);
}

/* FILE:LINE:COLUMN each, on stderr, without the text at fault: a value may be a secret. */
static void say_diagnostics(const char *path, const struct fen_diagnostics *diagnostics)
{
    for (uint32_t index = 0; index < diagnostics->count; index++) {
        const struct fen_diagnostic *item = &diagnostics->items[index];
        const char *grade = item->is_warning ? fen_language_pick("warning", "警告")
                                             : fen_language_pick("error", "错误");
        fprintf(stderr, "%s:%u:%u: %s: %.*s\n", path, item->line, item->column, grade,
                FEN_STR_ARG(item->message));
    }
}

enum fen_exit fen_config_read_file(struct fen_config *config, const struct fen_command *command,
                                   const char *path, bool is_required)
{
    size_t size_bytes;
    char *bytes = fen_file_read(path, &size_bytes);
    if (bytes == NULL) {
        if (!is_required && errno == ENOENT)
            return FEN_EXIT_OK;
        fen_say("the configuration %s cannot be read: %s", "配置 %s 无法读取：%s", path,
                strerror(errno));
        return FEN_EXIT_CONFIG;
    }
    struct config_file file = {
        .config = config,
        .command = command,
        .path = path,
        .diagnostics = {.arena = config->arena, .language = fen_language()},
    };
    if (size_bytes > 0)
        read_text(&file, fen_arena_copy(config->arena,
                                        (struct fen_str){bytes, (uint32_t)size_bytes}));
    free(bytes);
    say_diagnostics(path, &file.diagnostics);
    return file.diagnostics.error_count == 0 ? FEN_EXIT_OK : FEN_EXIT_CONFIG;
}
