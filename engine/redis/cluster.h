/*
 * cluster: which node of a Redis Cluster a request belongs to.
 *
 * Why: all keys of a ledger partition share a hash tag, so each request belongs to one node; the
 * connection (connection.h) splits a pipeline among the nodes and puts the replies back in order,
 * and nobody above it need know.
 *
 * Threads: values; one at a time.
 */
#ifndef FEN_REDIS_CLUSTER_H
#define FEN_REDIS_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hiredis/hiredis.h>

#include "base/assert.h"
#include "base/str.h"

#define FEN_CLUSTER_SLOT_COUNT 16384u
#define FEN_CLUSTER_NODE_COUNT_MAX 256u
#define FEN_CLUSTER_HOST_BYTES 256

struct fen_cluster_node {
    char host[FEN_CLUSTER_HOST_BYTES];
    int port;
};

/* Masters, and the node of each slot. */
struct fen_cluster {
    struct fen_cluster_node nodes[FEN_CLUSTER_NODE_COUNT_MAX];
    uint32_t node_count;
    uint16_t owners[FEN_CLUSTER_SLOT_COUNT]; /* index of `nodes`; from node_count on: nobody's */
};

/* The slot of a key: CRC16 of its hash tag, or of all of it. */
uint32_t fen_cluster_slot(struct fen_str key);

/*
 * Read the reply to CLUSTER SLOTS; `host` stands for a node that does not name itself.
 * Returns: false when it is none, or has more nodes than there is room for.
 */
bool fen_cluster_read(struct fen_cluster *cluster, const redisReply *reply,
                      const char *host) FEN_MUST_USE;

/* What a request is. */
struct fen_cluster_request {
    size_t size;      /* of its bytes */
    struct fen_str key; /* decides the node; absent: any */
    bool is_for_all;  /* SCRIPT: every node must have it */
};

/*
 * Take the first request of a pipeline apart; ours are arrays of texts. A SCAN belongs where its
 * pattern's hash tag does.
 */
struct fen_cluster_request fen_cluster_request(struct fen_str pipeline);

#endif /* FEN_REDIS_CLUSTER_H */
