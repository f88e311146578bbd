package redis

import "context"

// Publish implements persistence.Signals.
func (c *Client) Publish(ctx context.Context, topic, payload string) error {
	return translate(ctx, c.redis.Publish(ctx, topic, payload).Err())
}

// Subscribe implements persistence.Signals. The library pings a silent
// connection and subscribes anew when it broke.
func (c *Client) Subscribe(ctx context.Context, topic string, heard func(payload string)) error {
	sub := c.redis.Subscribe(ctx, topic)
	defer sub.Close() //nolint:errcheck // nothing is lost with it
	hints := sub.Channel()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case hint, open := <-hints:
			if !open {
				<-ctx.Done() // the client was closed: nothing more to hear
				return ctx.Err()
			}
			heard(hint.Payload)
		}
	}
}
