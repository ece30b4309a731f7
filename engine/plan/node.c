/* node: see node.h. One pass over libyaml's events with an explicit stack of open collections. */
#include "plan/node.h"

#include <yaml.h>

#include "base/hash.h"
#include "plan/character.h"
#include "plan/mend.h"

/* A collection that is being read. */
struct frame {
    struct fen_node *node;
    struct fen_node *key; /* of a mapping: read, its value not yet */
};

struct builder {
    struct fen_arena *arena;
    struct fen_diagnostics *diagnostics;
    struct frame frames[FEN_NODE_DEPTH_MAX];
    uint32_t depth;
    uint32_t document_count;
    struct fen_node *root;
    bool is_done;
};

static struct fen_place place_of(yaml_mark_t mark, struct fen_str text)
{
    return (struct fen_place){(uint32_t)mark.line + 1, (uint32_t)mark.column + 1, text};
}

static struct fen_str str_of(const yaml_char_t *bytes)
{
    return fen_str_from((const char *)bytes);
}

/* A tag as it is written: libyaml gives `!!str` back in full. */
static struct fen_str written_tag(struct builder *builder, struct fen_str tag)
{
    static const struct fen_str standard = {"tag:yaml.org,2002:", 18};
    if (tag.size >= standard.size && memcmp(tag.data, standard.data, standard.size) == 0)
        return fen_arena_format(builder->arena, "!!%.*s", (int)(tag.size - standard.size),
                                tag.data + standard.size);
    return tag.size > 0 && tag.data[0] == '!'
               ? tag
               : fen_arena_format(builder->arena, "!<%.*s>", FEN_STR_ARG(tag));
}

/* SPEC §8: no anchor, no tag. */
static void refuse_features(struct builder *builder, yaml_mark_t mark, const yaml_char_t *anchor,
                            const yaml_char_t *tag)
{
    if (anchor != NULL)
        fen_diagnose(builder->diagnostics,
                     place_of(mark, fen_arena_format(builder->arena, "&%s", (const char *)anchor)),
                     "anchors (&) cannot stand in a plan; write the value out where it is needed",
                     "方案里不能用锚点（&）；请在用到的地方把值写全");
    if (tag != NULL)
        fen_diagnose(builder->diagnostics, place_of(mark, written_tag(builder, str_of(tag))),
                     "tags (!) cannot stand in a plan; leave it out",
                     "方案里不能用标签（!）；请去掉");
}

static struct fen_node *node_create(struct builder *builder, enum fen_node_kind kind,
                                    yaml_mark_t mark, struct fen_str text)
{
    struct fen_node *node = FEN_ARENA_NEW(builder->arena, struct fen_node);
    node->kind = kind;
    node->place = place_of(mark, text);
    node->start = (uint32_t)mark.index;
    node->end = node->start;
    node->last_line = node->place.line;
    node->last_column = node->place.column;
    return node;
}

/* A key that is no scalar; its value is read and forgotten. */
static void refuse_key(struct builder *builder, struct fen_node *key)
{
    if (key->kind == FEN_NODE_SCALAR || key->kind == FEN_NODE_BROKEN)
        return;
    fen_diagnose(builder->diagnostics, key->place,
                 "a key must be a single name, not a list or a mapping",
                 "键只能是一个名称，不能是列表或映射");
    key->kind = FEN_NODE_BROKEN;
}

void fen_node_append(struct fen_node *parent, struct fen_node *child)
{
    if (parent->last == NULL)
        parent->first = child;
    else
        parent->last->next = child;
    parent->last = child;
    parent->child_count++;
}

/* Put a node where it belongs: as the root, a list's item, a key, or the value of the last key. */
static void attach(struct builder *builder, struct fen_node *node)
{
    if (builder->depth == 0) {
        if (builder->document_count == 1)
            builder->root = node;
        return;
    }
    struct frame *frame = &builder->frames[builder->depth - 1];
    if (frame->node->kind == FEN_NODE_LIST) {
        fen_node_append(frame->node, node);
    } else if (frame->key == NULL) {
        frame->key = node;
    } else {
        refuse_key(builder, frame->key);
        node->key = frame->key;
        frame->key = NULL;
        fen_node_append(frame->node, node);
    }
}

static void set_end(struct fen_node *node, yaml_mark_t end)
{
    node->end = (uint32_t)end.index;
    node->last_line = (uint32_t)end.line + 1;
    node->last_column = (uint32_t)end.column + 1;
}

static void read_scalar(struct builder *builder, const yaml_event_t *event)
{
    refuse_features(builder, event->start_mark, event->data.scalar.anchor, event->data.scalar.tag);
    struct fen_str bytes = {(const char *)event->data.scalar.value,
                            (uint32_t)event->data.scalar.length};
    struct fen_str text = fen_arena_copy(builder->arena, bytes);
    struct fen_node *node = node_create(builder, FEN_NODE_SCALAR, event->start_mark, text);
    set_end(node, event->end_mark);
    attach(builder, node);
}

static void open_collection(struct builder *builder, enum fen_node_kind kind, yaml_mark_t mark,
                            bool is_flow)
{
    struct fen_node *node = node_create(builder, kind, mark, FEN_STR_NONE);
    node->is_flow = is_flow;
    attach(builder, node);
    if (builder->depth == FEN_NODE_DEPTH_MAX) {
        fen_diagnose(builder->diagnostics, node->place, "nested more than %u deep; a plan needs 6",
                     "嵌套超过 %u 层；方案最多需要 6 层", FEN_NODE_DEPTH_MAX);
        builder->is_done = true;
        builder->root = NULL;
        return;
    }
    builder->frames[builder->depth++] = (struct frame){node, NULL};
}

static void read_alias(struct builder *builder, const yaml_event_t *event)
{
    const char *name = (const char *)event->data.alias.anchor;
    struct fen_str anchor = fen_arena_format(builder->arena, "*%s", name);
    struct fen_node *node = node_create(builder, FEN_NODE_BROKEN, event->start_mark, anchor);
    fen_diagnose(builder->diagnostics, node->place,
                 "aliases (*) cannot stand in a plan; write the value out",
                 "方案里不能用引用（*）；请把值写全");
    attach(builder, node);
}

static void read_document(struct builder *builder, const yaml_event_t *event)
{
    struct fen_place place = place_of(event->start_mark, FEN_STR("---"));
    if (++builder->document_count == 2)
        fen_diagnose(builder->diagnostics, place, "a second document; one plan a file",
                     "出现第二个文档；一个文件只写一个方案");
    bool has_directive = event->data.document_start.version_directive != NULL
                         || event->data.document_start.tag_directives.start
                                != event->data.document_start.tag_directives.end;
    if (has_directive)
        fen_diagnose(builder->diagnostics, place_of(event->start_mark, FEN_STR("%")),
                     "directives (%%) cannot stand in a plan; leave it out",
                     "方案里不能用指令（%%）；请去掉");
}

/* SPEC §8: a repeated key is an error. A set of the keys met, since a mapping may be long. */
static void refuse_repeated_keys(struct builder *builder, const struct fen_node *mapping)
{
    uint32_t slot_count = 8;
    while (slot_count < mapping->child_count * 2)
        slot_count *= 2;
    struct fen_node **slots =
        fen_arena_allocate_zeroed(builder->arena, slot_count * sizeof(struct fen_node *));
    for (struct fen_node *value = mapping->first; value != NULL; value = value->next) {
        struct fen_node *key = value->key;
        if (key->kind == FEN_NODE_BROKEN)
            continue;
        uint32_t slot = (uint32_t)fen_hash(key->place.text) & (slot_count - 1);
        while (slots[slot] != NULL && !fen_str_equal(slots[slot]->place.text, key->place.text))
            slot = (slot + 1) & (slot_count - 1);
        if (slots[slot] != NULL) {
            fen_diagnose(builder->diagnostics, key->place,
                         "this key stands already in line %u; keep one of them",
                         "这个键在第 %u 行已经写过；请只留一个", slots[slot]->place.line);
            key->kind = FEN_NODE_BROKEN;
        } else {
            slots[slot] = key;
        }
    }
}

/* A block collection's own end mark lies behind the comments that follow it. */
static void close_collection(struct builder *builder, yaml_mark_t end)
{
    FEN_ASSERT(builder->depth > 0);
    struct fen_node *node = builder->frames[--builder->depth].node;
    if (node->is_flow) {
        set_end(node, end);
    } else if (node->last != NULL) {
        node->end = node->last->end;
        node->last_line = node->last->last_line;
        node->last_column = node->last->last_column;
    }
    if (node->kind == FEN_NODE_MAPPING && node->child_count > 1)
        refuse_repeated_keys(builder, node);
}

static void read_event(struct builder *builder, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT: read_document(builder, event); break;
    case YAML_ALIAS_EVENT: read_alias(builder, event); break;
    case YAML_SCALAR_EVENT: read_scalar(builder, event); break;
    case YAML_SEQUENCE_START_EVENT:
        refuse_features(builder, event->start_mark, event->data.sequence_start.anchor,
                        event->data.sequence_start.tag);
        open_collection(builder, FEN_NODE_LIST, event->start_mark,
                        event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE);
        break;
    case YAML_MAPPING_START_EVENT:
        refuse_features(builder, event->start_mark, event->data.mapping_start.anchor,
                        event->data.mapping_start.tag);
        open_collection(builder, FEN_NODE_MAPPING, event->start_mark,
                        event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: close_collection(builder, event->end_mark); break;
    case YAML_STREAM_END_EVENT: builder->is_done = true; break;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT: break;
    }
}

/* Whether what libyaml was about, and not where it gave up, is at fault: it began there. */
static bool is_context_at_fault(const yaml_parser_t *parser)
{
    static const char *const contexts[] = {"while scanning a simple key", "while parsing a flow",
                                           "while scanning a quoted scalar"};
    for (size_t index = 0; parser->context != NULL && index < sizeof contexts / sizeof *contexts;
         index++)
        if (strncmp(parser->context, contexts[index], strlen(contexts[index])) == 0)
            return true;
    return false;
}

static void describe_syntax(const yaml_parser_t *parser, struct fen_syntax *syntax_out)
{
    yaml_mark_t mark = is_context_at_fault(parser) ? parser->context_mark : parser->problem_mark;
    syntax_out->line = (uint32_t)mark.line + 1;
    syntax_out->column = (uint32_t)mark.column + 1;
    syntax_out->line_noticed = (uint32_t)parser->problem_mark.line + 1;
    syntax_out->column_noticed = (uint32_t)parser->problem_mark.column + 1;
    syntax_out->problem = parser->problem == NULL ? "?" : parser->problem;
}

struct fen_node *fen_node_read(struct fen_str yaml, struct fen_arena *arena,
                               struct fen_diagnostics *diagnostics,
                               struct fen_syntax *syntax_out)
{
    struct builder builder = {.arena = arena, .diagnostics = diagnostics};
    yaml_parser_t parser;
    *syntax_out = (struct fen_syntax){0};
    int is_ready = yaml_parser_initialize(&parser);
    FEN_ASSERT(is_ready && "out of memory");
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)yaml.data, yaml.size);
    while (!builder.is_done) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            FEN_ASSERT(parser.error != YAML_MEMORY_ERROR && "out of memory");
            describe_syntax(&parser, syntax_out);
            builder.root = NULL;
            break;
        }
        read_event(&builder, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return builder.root;
}

/* The text with `:` and `%` for their full-width forms; the same bytes where there are none. */
static struct fen_str mend_wide(struct fen_str text, struct fen_arena *arena)
{
    char *mended = NULL;
    uint32_t size = 0;
    for (uint32_t offset = 0, width; offset < text.size; offset += width) {
        int32_t character = fen_character_at(text, offset, &width);
        bool is_wide = character == 0xFF1A || character == 0xFF05;
        if (is_wide && mended == NULL) {
            mended = fen_arena_allocate(arena, text.size);
            memcpy(mended, text.data, offset);
            size = offset;
        }
        if (is_wide)
            mended[size++] = character == 0xFF1A ? ':' : '%';
        else if (mended != NULL)
            for (uint32_t byte = 0; byte < width; byte++)
                mended[size++] = text.data[offset + byte];
    }
    return mended == NULL ? text : (struct fen_str){mended, size};
}

static void refuse_wide(const struct fen_node *node, struct fen_diagnostics *diagnostics)
{
    if (node->kind != FEN_NODE_SCALAR)
        return;
    struct fen_str mended = mend_wide(node->place.text, diagnostics->arena);
    if (mended.data == node->place.text.data ||
        fen_diagnostics_has_error_at(diagnostics, node->place))
        return;
    struct fen_str reason =
        fen_mend_reason(node->place.text, diagnostics->language, diagnostics->arena);
    fen_diagnose(diagnostics, node->place, "%.*s; write `%.*s`", "%.*s；请写“%.*s”",
                 FEN_STR_ARG(reason), FEN_STR_ARG(fen_character_clip(mended, 128)));
}

void fen_node_refuse_wide(const struct fen_node *root, struct fen_diagnostics *diagnostics)
{
    struct fen_node_walk walk;
    fen_node_walk_init(&walk, root);
    for (const struct fen_node *node = root; node != NULL; node = fen_node_walk_next(&walk)) {
        if (node->key != NULL)
            refuse_wide(node->key, diagnostics);
        refuse_wide(node, diagnostics);
    }
}

void fen_node_walk_init(struct fen_node_walk *walk, const struct fen_node *root)
{
    walk->stack[0] = root;
    walk->depth = 0;
}

const struct fen_node *fen_node_walk_next(struct fen_node_walk *walk)
{
    const struct fen_node *node = walk->stack[walk->depth];
    if (node->first != NULL) {
        FEN_ASSERT(walk->depth < FEN_NODE_DEPTH_MAX);
        walk->stack[++walk->depth] = node->first;
        return node->first;
    }
    while (walk->depth > 0 && walk->stack[walk->depth]->next == NULL)
        walk->depth--;
    if (walk->depth == 0)
        return NULL;
    walk->stack[walk->depth] = walk->stack[walk->depth]->next;
    return walk->stack[walk->depth];
}
