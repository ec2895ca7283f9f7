import { redisScript } from '../infra/redis.ts';

/**
 * Takes the next term of a call. KEYS: log (list of event JSON, the n-th is `seq` n), head (hash: term, owner, and each attempt with the term that it got).
 * ARGV: owner, expiry in seconds, attempt. Returns the term, then every event. An attempt that was made before gets its term again: its answer was lost, or
 * it comes late, and then it must not take the call from whoever has it by now.
 */
export const claimScript = redisScript(`
local attempt = 'claim:' .. ARGV[3]
local term = redis.call('HGET', KEYS[2], attempt)
if not term then
  term = redis.call('HINCRBY', KEYS[2], 'term', 1)
  redis.call('HSET', KEYS[2], 'owner', ARGV[1], attempt, term)
  redis.call('HDEL', KEYS[2], 'mark')
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[2])
local reply = redis.call('LRANGE', KEYS[1], 0, -1)
table.insert(reply, 1, tostring(term))
return reply
`);

/**
 * Appends to a call's log. KEYS as above. ARGV: term, owner, first seq, expiry in seconds, then the events from that seq on.
 * Returns {'stale', term, owner}, {'gap', last seq} or {'appended'}. What is there already is left as it is, so that an append
 * whose reply was lost can be sent again. A term newer than the stored one is taken over: after a failover the replica may have
 * missed the claim.
 */
export const appendScript = redisScript(`
local head = redis.call('HMGET', KEYS[2], 'term', 'owner')
local stored = tonumber(head[1] or 0)
local term = tonumber(ARGV[1])
if term < stored or (term == stored and head[2] ~= ARGV[2]) then
  return {'stale', tostring(stored), head[2] or ''}
end
local last = redis.call('LLEN', KEYS[1])
local first = tonumber(ARGV[3])
if first > last + 1 then
  return {'gap', tostring(last)}
end
for i = 5 + last + 1 - first, #ARGV do
  redis.call('RPUSH', KEYS[1], ARGV[i])
end
if term > stored then
  redis.call('HSET', KEYS[2], 'term', ARGV[1], 'owner', ARGV[2])
end
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('EXPIRE', KEYS[2], ARGV[4])
return {'appended'}
`);

/**
 * Puts other texts in the place of a log's, and keeps its expiry; where one is empty, what is stored stays. KEYS as above. ARGV: the texts. Returns 0 when the log has
 * not as many.
 */
export const rewriteScript = redisScript(`
if redis.call('LLEN', KEYS[1]) ~= #ARGV then return 0 end
if #ARGV == 0 then return 1 end
local left = redis.call('PTTL', KEYS[1])
local stored = redis.call('LRANGE', KEYS[1], 0, -1)
redis.call('DEL', KEYS[1])
for i = 1, #ARGV do
  redis.call('RPUSH', KEYS[1], ARGV[i] == '' and stored[i] or ARGV[i])
end
if left > 0 then redis.call('PEXPIRE', KEYS[1], left) end
return 1
`);

/** Takes a log away, and from its owner what it would still append. KEYS as above. ARGV: who owns the call from now on. */
export const eraseScript = redisScript(`
if redis.call('EXISTS', KEYS[2]) == 0 then return 0 end
redis.call('DEL', KEYS[1])
redis.call('HINCRBY', KEYS[2], 'term', 1)
redis.call('HSET', KEYS[2], 'owner', ARGV[1], 'mark', 'erased')
return 1
`);
