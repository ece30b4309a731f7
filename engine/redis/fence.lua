-- fence: writes one batch of one ledger partition, whole or not at all (DESIGN §4).
--
-- The fence (KEYS[1], hash; field `seq`) says at which version of the partition Redis stands. The
-- script refuses itself unless it stands where the projector left it, writes absolute values only,
-- and moves the fence last: run twice, or run again after a lost reply, it changes nothing. Lua
-- does not roll back; that is why nothing here counts up or down.
--
-- KEYS: fence, then account hash and feed stream of each payee.
-- ARGV: expected, to, asof, feed length, prefix of ranking keys, then for each payee
--   "feed" | "changes" TENANT PAYEE STORE | "whole" TENANT PAYEE STORE
--   (not for "feed":) fields: COUNT, name, value ... · removed fields: COUNT, name ... ·
--                     ranking: COUNT, period, score or "" ...
--   records: COUNT, seq of its last entry, ledger record ...
-- "changes" sets the fields that a batch touched, "whole" replaces the payee's keys, "feed" adds
-- records only. Returns {1, to} or {0, what the fence says}.
local fence = KEYS[1]
local expected, to, asof, feed_length, rank_prefix = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

local has = redis.call('HGET', fence, 'seq') or ''
if has ~= expected then
    return {0, has}
end

local SCORE_MAX = 9e15 -- scores are doubles: whole numbers are exact below 2^53
local RUN = 1000       -- arguments in one call; even, so that pairs stay together

local at = 6
local function take()
    local value = ARGV[at]
    at = at + 1
    return value
end

-- Calls `command key` with the next `count` arguments, in runs.
local function run(command, key, count)
    local stop = at + count - 1
    while at <= stop do
        local last = math.min(at + RUN - 1, stop)
        redis.call(command, key, unpack(ARGV, at, last))
        at = last + 1
    end
end

-- While a payee is replaced, a ranking that somebody made another type of key gives way, too.
local function rank(tenant, payee, store, period, score, is_replacing)
    if store == '' then
        return
    end
    local key = rank_prefix .. tenant .. '/' .. store .. '/' .. period
    if is_replacing and redis.call('TYPE', key).ok ~= 'zset' then
        redis.call('DEL', key)
    end
    if score == '' then
        redis.call('ZREM', key, payee)
    else
        redis.call('ZADD', key, score, payee)
    end
end

-- A payee's sums by period, payouts apart, from its hash.
local function totals(account)
    local sums = {}
    local all = redis.call('HGETALL', account)
    for index = 1, #all, 2 do
        local period, role = string.match(all[index], '^p:([^:]+):(.+)$')
        if period and role ~= 'payout' then
            sums[period] = (sums[period] or 0) + tonumber(all[index + 1])
        end
    end
    return sums
end

-- Takes the payee out of all rankings of `from` and, with `into`, puts it into those of that store.
local function move(tenant, payee, account, from, into, is_replacing)
    for period, sum in pairs(totals(account)) do
        rank(tenant, payee, from, period, '', is_replacing)
        local score = math.max(-SCORE_MAX, math.min(SCORE_MAX, sum))
        rank(tenant, payee, into, period, string.format('%.0f', score))
    end
end

local function write_account(account, feed, mode)
    local tenant, payee, store = take(), take(), take()
    local is_replacing = mode == 'whole'
    local before = ''
    if not is_replacing or redis.call('TYPE', account).ok == 'hash' then
        before = redis.call('HGET', account, 'store') or ''
    end
    if is_replacing then
        if before ~= '' then
            move(tenant, payee, account, before, '', true)
        end
        redis.call('DEL', account, feed)
        before = ''
    end
    run('HSET', account, 2 * tonumber(take()))
    run('HDEL', account, tonumber(take()))
    for _ = 1, tonumber(take()) do
        local period, score = take(), take()
        rank(tenant, payee, store, period, score, is_replacing)
    end
    if store ~= before then
        if not is_replacing then
            move(tenant, payee, account, before, store, false)
        end
        if store == '' then
            redis.call('HDEL', account, 'store')
        else
            redis.call('HSET', account, 'store', store)
        end
    end
end

for index = 2, #KEYS, 2 do
    local account, feed = KEYS[index], KEYS[index + 1]
    local mode = take()
    if mode ~= 'feed' then
        write_account(account, feed, mode)
    end
    for _ = 1, tonumber(take()) do
        local seq, record = take(), take()
        local id = seq .. '-0'
        local reply = redis.pcall('XADD', feed, 'MAXLEN', '~', feed_length, id, 'record', record)
        -- An id that is not newer is a record the feed already has.
        if type(reply) == 'table' and reply.err and
            not string.find(reply.err, 'equal or smaller', 1, true) then
            return reply
        end
    end
end

if to ~= expected then
    redis.call('HSET', fence, 'seq', to, 'asof', asof)
end
return {1, to}
