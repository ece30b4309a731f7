/*
 * cluster_link: the connections to all masters of a Redis Cluster, and who must answer next.
 *
 * A pipeline is split into one part a node; the order in which replies are due is remembered.
 *
 * Threads: one at a time; private to connection.c.
 */
#ifndef FEN_REDIS_CLUSTER_LINK_H
#define FEN_REDIS_CLUSTER_LINK_H

#include "base/assert.h"
#include "base/buffer.h"
#include "redis/cluster.h"
#include "redis/connection.h"

/* Of fen_cluster_link_next: every node answers. */
#define FEN_CLUSTER_LINK_ALL UINT32_MAX

struct fen_cluster_link;

/* Knows no node yet; links are closed by `transport`. The caller destroys. */
struct fen_cluster_link *
fen_cluster_link_create(const struct fen_transport *transport) FEN_MUST_USE;

/* NULL is fine. */
void fen_cluster_link_destroy(struct fen_cluster_link *link);

/* End all connections; the nodes stay known. */
void fen_cluster_link_close(struct fen_cluster_link *link);

/* Know these nodes from now on; connections are added in their order, and then owned. */
void fen_cluster_link_set(struct fen_cluster_link *link, const struct fen_cluster *cluster);
void fen_cluster_link_add(struct fen_cluster_link *cluster, void *link);

/* Connections now; 0: none, not a cluster. And nodes known, connected or not. */
uint32_t fen_cluster_link_count(const struct fen_cluster_link *link);
uint32_t fen_cluster_link_known(const struct fen_cluster_link *link);
const struct fen_cluster_node *fen_cluster_link_node(const struct fen_cluster_link *link,
                                                     uint32_t node);
void *fen_cluster_link_of(const struct fen_cluster_link *link, uint32_t node);

/* Requests go to that node alone; UINT32_MAX: where their keys belong. */
void fen_cluster_link_pin(struct fen_cluster_link *link, uint32_t node);

/* Split a pipeline; then each node's part, borrowed until the next call. */
void fen_cluster_link_route(struct fen_cluster_link *link, struct fen_str pipeline);
struct fen_str fen_cluster_link_part(const struct fen_cluster_link *link, uint32_t node);

/* The node whose reply comes next, or all. There must be one that is due. */
uint32_t fen_cluster_link_next(struct fen_cluster_link *link);

#endif /* FEN_REDIS_CLUSTER_LINK_H */
