/*
 * account_list: accounts gathered in any order and written sorted by (tenant, payee), bytewise.
 *
 * Threads: one.
 */
#ifndef FEN_CLI_TEXT_ACCOUNT_LIST_H
#define FEN_CLI_TEXT_ACCOUNT_LIST_H

#include "base/assert.h"
#include "cli/text/output.h"
#include "model/account.h"

struct fen_account_list;

/* An empty list; never NULL; the caller destroys it. NULL is fine to destroy. */
struct fen_account_list *fen_account_list_create(void) FEN_MUST_USE;
/* Free the list and what it holds. */
void fen_account_list_destroy(struct fen_account_list *list);

/* Take an account, encoded at once; one that has no entry is passed over. */
void fen_account_list_add(struct fen_account_list *list, const struct fen_account *account);

/* Write them, one a line, in SPEC §10's form. */
void fen_account_list_write(struct fen_account_list *list, struct fen_output *output);

#endif /* FEN_CLI_TEXT_ACCOUNT_LIST_H */
