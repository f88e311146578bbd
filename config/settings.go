package config

import (
	"path/filepath"
	"strings"
	"time"
)

// Settings is what one process is started with. It never changes afterwards.
type Settings struct {
	Data       Data       `koanf:"data"`
	Database   Database   `koanf:"database"`
	Redis      Redis      `koanf:"redis"`
	Media      Media      `koanf:"media"`
	Auth       Auth       `koanf:"auth"`
	Phone      Phone      `koanf:"phone"`
	Accounts   Accounts   `koanf:"accounts"`
	SMS        SMS        `koanf:"sms"`
	Mail       Mail       `koanf:"mail"`
	HTTP       HTTP       `koanf:"http"`
	Admin      Admin      `koanf:"admin"`
	Cluster    Cluster    `koanf:"cluster"`
	Realtime   Realtime   `koanf:"realtime"`
	Matchmaker Matchmaker `koanf:"matchmaker"`
	User       User       `koanf:"user"`
	Tasks      Tasks      `koanf:"tasks"`
	Log        Log        `koanf:"log"`
	Trace      Trace      `koanf:"trace"`

	// Demo fills an empty database with made-up people at start. Refused where
	// others than this machine can reach the public listener.
	Demo bool `koanf:"demo"`

	sources map[string]Source
}

// Data is where a process keeps its files.
type Data struct {
	// Dir holds the embedded database, pictures and generated keys; made when missing.
	Dir string `koanf:"dir"`
}

// Database chooses the store.
type Database struct {
	// URL is sqlite:PATH or postgres://…; never empty once loaded.
	URL string `koanf:"url"`
	// MaxConns bounds the pool of connections to Postgres, 2–1000. Without
	// meaning for SQLite.
	MaxConns int `koanf:"max_conns"`
	// AllowUnsafe accepts a Postgres that would lose acknowledged commits in a
	// crash (fsync, synchronous_commit or full_page_writes off).
	AllowUnsafe bool `koanf:"allow_unsafe"`
}

// Redis chooses where hints and other losable things travel.
type Redis struct {
	// URL is "embedded" (inside this process), redis://… or rediss://….
	URL string `koanf:"url"`
}

// Auth is about access tokens.
type Auth struct {
	// Key signs access tokens, at least 32 bytes. Empty: kept in the data folder,
	// generated there the first time.
	Key string `koanf:"key"`
}

// Phone is about the phone numbers that people log in by.
type Phone struct {
	// Key seals stored numbers, at least 32 bytes; behind it, separated by commas,
	// the former keys that some numbers are still sealed with. Empty: kept in the
	// data folder, generated there the first time. Numbers sealed with a key that
	// is lost are lost with it, and so are the accounts behind them.
	Key string `koanf:"key"`
}

// Accounts is about people's accounts.
type Accounts struct {
	// Grace is how long a deleted account is kept hidden before it is erased, 0 to a
	// year: a login by its phone restores it meanwhile.
	Grace time.Duration `koanf:"grace"`
}

// HTTP is the public listener.
type HTTP struct {
	// Listen is host:port; port 0 picks a free one.
	Listen string `koanf:"listen"`
	// TrustedProxies are the addresses and CIDR ranges whose X-Forwarded-For is believed.
	TrustedProxies []string `koanf:"trusted_proxies"`
	// RequestTimeout bounds the work for one request, 100 ms – 1 min. One that carries a
	// picture or a video has a second more for each MiB.
	RequestTimeout time.Duration `koanf:"request_timeout"`
}

// Realtime is about the connections that clients keep open.
type Realtime struct {
	// MaxConnections bounds those of a node, 1–1,000,000; an idle one takes some
	// 30 KB, and a file of the process.
	MaxConnections int `koanf:"max_connections"`
	// Origins are those of web pages, besides the server's own, that may connect:
	// https://example.com.
	Origins []string `koanf:"origins"`
}

// Admin is the operators' listener.
type Admin struct {
	// Listen is host:port; port 0 picks a free one.
	Listen string `koanf:"listen"`
	// Token is what callers must show. Needed where Listen is not a loopback address.
	Token string `koanf:"token"`
	// ViewerToken lets callers look and change nothing. Another than Token, which
	// it needs; empty: there are none.
	ViewerToken string `koanf:"viewer_token"`
}

// Matchmaker is about the actors that commit swipes.
type Matchmaker struct {
	// Shards is the number of matchmakers of a node, a divisor of 64. SQLite, which
	// has one writer, uses 1 whatever stands here.
	Shards int `koanf:"shards"`
}

// User is about the actors of users.
type User struct {
	// IdleAfter is how long a user's actor stays in memory without a request, at least 1 s.
	IdleAfter time.Duration `koanf:"idle_after"`
}

// Tasks is about durable work: at how many tasks of each queue this process works
// at a time, 1–1000.
type Tasks struct {
	Uploads  int `koanf:"uploads"`  // pictures and videos
	Messages int `koanf:"messages"` // to phones and mailboxes
	Reports  int `koanf:"reports"`  // exports and erasures
	CDN      int `koanf:"cdn"`      // what the network before us is told
}

// Log is about the log on stderr.
type Log struct {
	Level  string `koanf:"level"`  // debug, info, warn or error
	Format string `koanf:"format"` // text or json
}

// Trace is about traces of requests.
type Trace struct {
	// Endpoint takes them, as OTLP over HTTP: http://collector:4318. Empty: none are made.
	Endpoint string `koanf:"endpoint"`
	// Ratio is how many of the requests are traced, above 0 to 1.
	Ratio float64 `koanf:"ratio"`
}

// Default gives the settings of a start without any. Database.URL and Media.Store
// are empty: their defaults follow Data.Dir and are filled in by Load.
func Default() Settings {
	return Settings{
		Data:       Data{Dir: "data"},
		Database:   Database{MaxConns: 16},
		Redis:      Redis{URL: EmbeddedRedis},
		Media:      Media{Review: NoReview, FFmpeg: "ffmpeg"},
		Accounts:   Accounts{Grace: 7 * 24 * time.Hour},
		SMS:        SMS{Provider: ConsoleSMS},
		HTTP:       HTTP{Listen: "127.0.0.1:8080", TrustedProxies: []string{}, RequestTimeout: 5 * time.Second},
		Admin:      Admin{Listen: "127.0.0.1:8081"},
		Cluster:    Cluster{Provider: NoCluster, Name: "swiper", Listen: "127.0.0.1:0"},
		Realtime:   Realtime{MaxConnections: 20_000, Origins: []string{}},
		Matchmaker: Matchmaker{Shards: 1},
		User:       User{IdleAfter: 10 * time.Minute},
		Tasks:      Tasks{Uploads: 4, Messages: 32, Reports: 2, CDN: 4},
		Log:        Log{Level: "info", Format: "text"},
		Trace:      Trace{Ratio: 0.01},
	}
}

// EmbeddedRedis as Redis.URL runs it inside the process.
const EmbeddedRedis = "embedded"

const sqlitePrefix = "sqlite:"

// SQLitePath gives the file of the embedded database; ok is false when the
// store is another.
func (s *Settings) SQLitePath() (path string, ok bool) {
	return strings.CutPrefix(s.Database.URL, sqlitePrefix)
}

// Shards gives the number of matchmakers that the chosen store is to have.
func (s *Settings) Shards() int {
	if _, embedded := s.SQLitePath(); embedded {
		return 1
	}
	return s.Matchmaker.Shards
}

// complete fills in the defaults that follow from other settings.
func (s *Settings) complete() {
	if s.Database.URL == "" {
		s.Database.URL = sqlitePrefix + filepath.Join(s.Data.Dir, "swiper.db")
	}
	if s.Media.Store == "" {
		s.Media.Store = DiskMedia + ":" + filepath.Join(s.Data.Dir, "media")
	}
}
