package redis

import (
	"context"
	"time"

	"github.com/swiperhq/swiper/persistence"
)

// codePrefix begins the keys of codes: hashes with the fields hash and left, the
// number of tries left.
const codePrefix = "swiper:code:"

const (
	putCodeScript = `
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'hash', ARGV[1], 'left', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`

	// tryCodeScript gives a persistence.CodeVerdict. Who has no try left burns the
	// code without a look at it; that there was one is remembered until it would
	// have expired.
	tryCodeScript = `
local code = redis.call('HMGET', KEYS[1], 'hash', 'left')
if not code[2] then
  return 1
end
if tonumber(code[2]) <= 0 then
  redis.call('HDEL', KEYS[1], 'hash')
  return 3
end
if code[1] == ARGV[1] then
  redis.call('DEL', KEYS[1])
  return 2
end
redis.call('HINCRBY', KEYS[1], 'left', -1)
return 1`
)

var _ persistence.LoginCodes = (*Client)(nil)

// PutCode implements persistence.LoginCodes.
func (c *Client) PutCode(ctx context.Context, phone string, hash []byte, tries int, life time.Duration) error {
	return translate(ctx, c.redis.Eval(ctx, putCodeScript, []string{codePrefix + phone}, hash, tries, life.Milliseconds()).Err())
}

// TryCode implements persistence.LoginCodes.
func (c *Client) TryCode(ctx context.Context, phone string, hash []byte) (persistence.CodeVerdict, error) {
	verdict, err := c.redis.Eval(ctx, tryCodeScript, []string{codePrefix + phone}, hash).Int()
	return persistence.CodeVerdict(verdict), translate(ctx, err)
}
