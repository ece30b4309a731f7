/* cluster: see the header; slots are told in https://redis.io/docs/reference/cluster-spec. */
#include "redis/cluster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* CRC16 of the XMODEM kind: polynomial 0x1021, begun at 0. */
static uint32_t crc16(struct fen_str text)
{
    uint32_t crc = 0;
    for (uint32_t i = 0; i < text.size; i++) {
        crc ^= (uint32_t)(unsigned char)text.data[i] << 8;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
    }
    return crc & 0xffff;
}

uint32_t fen_cluster_slot(struct fen_str key)
{
    const char *begin = key.size == 0 ? NULL : memchr(key.data, '{', key.size);
    if (begin != NULL) {
        begin++;
        uint32_t rest = key.size - (uint32_t)(begin - key.data);
        const char *end = rest == 0 ? NULL : memchr(begin, '}', rest);
        if (end != NULL && end > begin)
            key = (struct fen_str){begin, (uint32_t)(end - begin)};
    }
    return crc16(key) % FEN_CLUSTER_SLOT_COUNT;
}

/* The index of a node, a new one where it is not known; node_count of the maximum: no room. */
static uint32_t node_of(struct fen_cluster *cluster, const char *host, int port)
{
    uint32_t i = 0;
    while (i < cluster->node_count &&
           (cluster->nodes[i].port != port || strcmp(cluster->nodes[i].host, host) != 0))
        i++;
    if (i == cluster->node_count && i < FEN_CLUSTER_NODE_COUNT_MAX) {
        (void)snprintf(cluster->nodes[i].host, sizeof cluster->nodes[i].host, "%s", host);
        cluster->nodes[i].port = port;
        cluster->node_count++;
    }
    return i;
}

/* [from, to, [host, port, ...], replicas ...] */
static bool is_row(const redisReply *row)
{
    if (row->type != REDIS_REPLY_ARRAY || row->elements < 3 ||
        row->element[0]->type != REDIS_REPLY_INTEGER ||
        row->element[1]->type != REDIS_REPLY_INTEGER)
        return false;
    const redisReply *master = row->element[2];
    return master->type == REDIS_REPLY_ARRAY && master->elements >= 2 &&
           master->element[1]->type == REDIS_REPLY_INTEGER && row->element[0]->integer >= 0 &&
           row->element[1]->integer < (long long)FEN_CLUSTER_SLOT_COUNT;
}

bool fen_cluster_read(struct fen_cluster *cluster, const redisReply *reply, const char *host)
{
    memset(cluster, 0, sizeof *cluster);
    for (uint32_t slot = 0; slot < FEN_CLUSTER_SLOT_COUNT; slot++)
        cluster->owners[slot] = FEN_CLUSTER_NODE_COUNT_MAX;
    if (reply->type != REDIS_REPLY_ARRAY)
        return false;
    for (size_t i = 0; i < reply->elements; i++) {
        const redisReply *row = reply->element[i];
        if (!is_row(row))
            return false;
        const redisReply *master = row->element[2];
        bool is_named = master->element[0]->type == REDIS_REPLY_STRING &&
                        master->element[0]->len > 0;
        uint32_t node = node_of(cluster, is_named ? master->element[0]->str : host,
                                (int)master->element[1]->integer);
        if (node == FEN_CLUSTER_NODE_COUNT_MAX)
            return false;
        for (long long slot = row->element[0]->integer; slot <= row->element[1]->integer; slot++)
            cluster->owners[slot] = (uint16_t)node;
    }
    return cluster->node_count > 0;
}

/* "*3\r\n" or "$11\r\n": the number; *rest moves behind it. */
static size_t read_number(struct fen_str *rest)
{
    const char *end = memchr(rest->data, '\n', rest->size);
    FEN_ASSERT(end != NULL);
    size_t number = strtoull(rest->data + 1, NULL, 10);
    *rest = (struct fen_str){end + 1, rest->size - (uint32_t)(end + 1 - rest->data)};
    return number;
}

static struct fen_str read_text(struct fen_str *rest)
{
    size_t size = read_number(rest);
    FEN_ASSERT(size + 2 <= rest->size);
    struct fen_str text = {rest->data, (uint32_t)size};
    *rest = (struct fen_str){rest->data + size + 2, rest->size - (uint32_t)size - 2};
    return text;
}

struct fen_cluster_request fen_cluster_request(struct fen_str pipeline)
{
    struct fen_cluster_request request = {.key = FEN_STR_NONE};
    struct fen_str rest = pipeline;
    size_t count = read_number(&rest);
    struct fen_str name = read_text(&rest);
    size_t key_place = 1;
    if (fen_str_equal(name, FEN_STR("EVALSHA")) || fen_str_equal(name, FEN_STR("SCAN")))
        key_place = 3; /* EVALSHA sha count KEY; SCAN cursor MATCH PATTERN */
    request.is_for_all = fen_str_equal(name, FEN_STR("SCRIPT"));
    for (size_t place = 1; place < count; place++) {
        struct fen_str text = read_text(&rest);
        if (place == key_place && !request.is_for_all)
            request.key = text;
    }
    request.size = pipeline.size - rest.size;
    return request;
}
