/* cluster_link: see the header. */
#include "redis/cluster_link.h"

#include <stdlib.h>
#include <string.h>

struct fen_cluster_link {
    struct fen_cluster cluster;
    const struct fen_transport *transport;
    void *links[FEN_CLUSTER_NODE_COUNT_MAX];
    struct fen_buffer parts[FEN_CLUSTER_NODE_COUNT_MAX];
    uint32_t link_count;
    uint32_t pinned;  /* UINT32_MAX: by key */
    uint32_t *due;    /* nodes that owe a reply, in order */
    size_t due_from, due_to, due_capacity;
};

struct fen_cluster_link *fen_cluster_link_create(const struct fen_transport *transport)
{
    struct fen_cluster_link *link = calloc(1, sizeof *link);
    FEN_ASSERT(link != NULL);
    link->pinned = UINT32_MAX;
    link->transport = transport;
    return link;
}

void fen_cluster_link_close(struct fen_cluster_link *link)
{
    for (uint32_t i = 0; i < link->link_count; i++)
        link->transport->close(link->links[i]);
    link->link_count = 0;
    link->due_from = link->due_to = 0;
    link->pinned = UINT32_MAX;
}

void fen_cluster_link_destroy(struct fen_cluster_link *link)
{
    if (link == NULL)
        return;
    fen_cluster_link_close(link);
    for (uint32_t i = 0; i < FEN_CLUSTER_NODE_COUNT_MAX; i++)
        fen_buffer_deinit(&link->parts[i]);
    free(link->due);
    free(link);
}

void fen_cluster_link_set(struct fen_cluster_link *link, const struct fen_cluster *cluster)
{
    fen_cluster_link_close(link);
    link->cluster = *cluster;
}

void fen_cluster_link_add(struct fen_cluster_link *cluster, void *link)
{
    FEN_ASSERT(cluster->link_count < cluster->cluster.node_count);
    cluster->links[cluster->link_count++] = link;
}

/* Half of them are no link: a pipeline could not be sent. */
uint32_t fen_cluster_link_count(const struct fen_cluster_link *link)
{
    return link->link_count == link->cluster.node_count ? link->link_count : 0;
}

uint32_t fen_cluster_link_known(const struct fen_cluster_link *link)
{
    return link->cluster.node_count;
}

const struct fen_cluster_node *fen_cluster_link_node(const struct fen_cluster_link *link,
                                                     uint32_t node)
{
    FEN_ASSERT(node < link->cluster.node_count);
    return &link->cluster.nodes[node];
}

void *fen_cluster_link_of(const struct fen_cluster_link *link, uint32_t node)
{
    FEN_ASSERT(node < link->link_count);
    return link->links[node];
}

void fen_cluster_link_pin(struct fen_cluster_link *link, uint32_t node)
{
    link->pinned = node;
}

static void owe(struct fen_cluster_link *link, uint32_t node)
{
    if (link->due_from == link->due_to)
        link->due_from = link->due_to = 0;
    if (link->due_to == link->due_capacity) {
        link->due_capacity = link->due_capacity == 0 ? 256 : link->due_capacity * 2;
        link->due = realloc(link->due, link->due_capacity * sizeof *link->due);
        FEN_ASSERT(link->due != NULL);
    }
    link->due[link->due_to++] = node;
}

/* A slot that is nobody's: its CLUSTERDOWN or MOVED is as good from any node. */
static uint32_t node_of(const struct fen_cluster_link *link, struct fen_str key)
{
    if (link->pinned < link->link_count)
        return link->pinned;
    uint32_t node = fen_str_is_set(key) ? link->cluster.owners[fen_cluster_slot(key)] : 0;
    return node < link->link_count ? node : 0;
}

void fen_cluster_link_route(struct fen_cluster_link *link, struct fen_str pipeline)
{
    for (uint32_t i = 0; i < link->link_count; i++)
        fen_buffer_clear(&link->parts[i]);
    while (pipeline.size > 0) {
        struct fen_cluster_request request = fen_cluster_request(pipeline);
        struct fen_str bytes = {pipeline.data, (uint32_t)request.size};
        uint32_t node = node_of(link, request.key);
        for (uint32_t i = 0; i < link->link_count; i++) {
            if (request.is_for_all || i == node)
                fen_buffer_append_str(&link->parts[i], bytes);
        }
        owe(link, request.is_for_all ? FEN_CLUSTER_LINK_ALL : node);
        pipeline = (struct fen_str){pipeline.data + request.size,
                                    pipeline.size - (uint32_t)request.size};
    }
}

struct fen_str fen_cluster_link_part(const struct fen_cluster_link *link, uint32_t node)
{
    return fen_buffer_str(&link->parts[node]);
}

uint32_t fen_cluster_link_next(struct fen_cluster_link *link)
{
    FEN_ASSERT(link->due_from < link->due_to);
    return link->due[link->due_from++];
}
