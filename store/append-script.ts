import { redisScript } from '../infra/redis.ts';

/**
 * Takes the next term of a call. KEYS: log (list of event JSON, the n-th is `seq` n), head (hash: term, owner).
 * ARGV: owner, expiry in seconds. Returns the term, then every event.
 */
export const claimScript = redisScript(`
local term = redis.call('HINCRBY', KEYS[2], 'term', 1)
redis.call('HSET', KEYS[2], 'owner', ARGV[1])
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
