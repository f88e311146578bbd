package config

import (
	"github.com/spf13/pflag"
)

const configFlag = "config"

// AddFlags adds a flag for every setting, and --config for the file.
func AddFlags(fs *pflag.FlagSet) {
	d := Default()
	fs.String(configFlag, "", "YAML `file` with settings")
	fs.String("data.dir", d.Data.Dir, "`folder` of the embedded database and generated keys")
	fs.String("database.url", d.Database.URL, "sqlite:PATH or postgres://… (default sqlite: + data.dir + /swiper.db)")
	fs.Int("database.max_conns", d.Database.MaxConns, "most connections to Postgres, 2–1000")
	fs.Bool("database.allow_unsafe", d.Database.AllowUnsafe, "accept a Postgres that would lose acknowledged commits in a crash")
	fs.String("redis.url", d.Redis.URL, "embedded, redis://… or rediss://…")
	fs.String("media.store", d.Media.Store, "where pictures are kept: disk:PATH, qiniu://… or s3://… (default disk: + data.dir + /media)")
	fs.String("media.url", d.Media.URL, "`URL` where everybody reads the pictures of disk: (default /media of this server)")
	fs.String("media.review", d.Media.Review, "who looks at pictures before others see them: none or operators")
	fs.String("media.ffmpeg", d.Media.FFmpeg, "`program` that transcodes videos; where it is missing none are taken")
	fs.Bool("media.shared", d.Media.Shared, "the folder of disk: is one that all members of the cluster see")
	fs.String("auth.key", d.Auth.Key, "`key` that signs access tokens, at least 32 bytes (default generated into data.dir)")
	fs.String("phone.key", d.Phone.Key, "`key` that seals stored phone numbers, at least 32 bytes, former ones behind commas (default generated into data.dir)")
	fs.Duration("accounts.grace", d.Accounts.Grace, "how long a deleted account can be restored before it is erased, 0s–8760h")
	fs.String("sms.provider", d.SMS.Provider, "who carries text messages: console")
	fs.String("http.listen", d.HTTP.Listen, "`address` of the public listener; port 0 picks a free one")
	fs.StringSlice("http.trusted_proxies", d.HTTP.TrustedProxies, "addresses and CIDR `ranges` whose X-Forwarded-For is believed")
	fs.Duration("http.request_timeout", d.HTTP.RequestTimeout, "most time for one request, 100ms–1m")
	fs.Int("realtime.max_connections", d.Realtime.MaxConnections, "most connections that clients keep open to this node, 1–1000000")
	fs.StringSlice("realtime.origins", d.Realtime.Origins, "`origins` of web pages, besides the server's own, that may open them: https://example.com")
	fs.String("admin.listen", d.Admin.Listen, "`address` of the operators' listener; port 0 picks a free one")
	fs.String("admin.token", d.Admin.Token, "what callers of the operators' listener must show; needed off loopback")
	fs.String("admin.viewer_token", d.Admin.ViewerToken, "what callers show that may look and not change anything; needs admin.token")
	fs.String("cluster.provider", d.Cluster.Provider, "how nodes find each other: none, static:HOST:PORT,… (all members) or etcd:HOST:PORT,…")
	fs.String("cluster.name", d.Cluster.Name, "`name` of the cluster; members of others are strangers")
	fs.String("cluster.listen", d.Cluster.Listen, "`address` where other members reach this one; port 0 picks a free one")
	fs.String("cluster.advertise", d.Cluster.Advertise, "`address` that other members use instead (default cluster.listen)")
	fs.String("cluster.tls.ca", d.Cluster.TLS.CA, "PEM `file` of who signs members; needed off loopback, with the next two")
	fs.String("cluster.tls.cert", d.Cluster.TLS.Cert, "PEM `file` of this member's certificate")
	fs.String("cluster.tls.key", d.Cluster.TLS.Key, "PEM `file` of its key")
	fs.Duration("cluster.leave_after", d.Cluster.LeaveAfter, "how long a node told to stop serves on while /readyz refuses, 0s–5m")
	fs.Int("matchmaker.shards", d.Matchmaker.Shards, "matchmakers of a node, a divisor of 64 (SQLite: always 1)")
	fs.Duration("user.idle_after", d.User.IdleAfter, "how long an idle user's actor stays in memory")
	fs.Int("tasks.uploads", d.Tasks.Uploads, "uploads worked at by this process at a time, 1–1000")
	fs.Int("tasks.messages", d.Tasks.Messages, "messages sent by this process at a time, 1–1000")
	fs.Int("tasks.reports", d.Tasks.Reports, "exports and erasures worked at by this process at a time, 1–1000")
	fs.Int("tasks.cdn", d.Tasks.CDN, "requests of this process to the CDN at a time, 1–1000")
	fs.String("log.level", d.Log.Level, "debug, info, warn or error")
	fs.String("log.format", d.Log.Format, "text or json")
	fs.String("trace.endpoint", d.Trace.Endpoint, "`URL` of what takes traces, OTLP over HTTP; none without")
	fs.Float64("trace.ratio", d.Trace.Ratio, "how many of the requests are traced, above 0 to 1")
	fs.Bool("demo", d.Demo, "fill an empty database with made-up people")
}
