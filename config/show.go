package config

import (
	"fmt"
	"net/url"
	"reflect"
	"sort"
	"strings"
)

// Source tells where a setting comes from.
type Source string

// The sources, from the weakest to the strongest.
const (
	SourceDefault     Source = "default"
	SourceFile        Source = "file"
	SourceEnvironment Source = "environment"
	SourceFlag        Source = "flag"
)

// Entry is one setting in force, for people; secrets are masked.
type Entry struct {
	Name   string
	Value  string
	Source Source
}

const masked = "********"

// Entries lists every setting by name.
func (s *Settings) Entries() []Entry {
	var out []Entry
	walk("", reflect.ValueOf(*s), func(name string, value reflect.Value) {
		source, ok := s.sources[name]
		if !ok {
			source = SourceDefault
		}
		out = append(out, Entry{Name: name, Value: show(name, value), Source: source})
	})
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// walk visits every field that is a setting, under its full name.
func walk(prefix string, v reflect.Value, visit func(name string, value reflect.Value)) {
	for i := range v.NumField() {
		tag, ok := v.Type().Field(i).Tag.Lookup("koanf")
		if !ok {
			continue
		}
		if name := prefix + tag; v.Field(i).Kind() == reflect.Struct {
			walk(name+delim, v.Field(i), visit)
		} else {
			visit(name, v.Field(i))
		}
	}
}

func show(name string, value reflect.Value) string {
	switch name {
	case "auth.key", "phone.key", "admin.token", "admin.viewer_token":
		if value.String() == "" {
			return ""
		}
		return masked
	case "database.url", "redis.url", "media.store", "sms.provider", "mail.url", "trace.endpoint":
		return withoutPassword(value.String())
	}
	if items, ok := reflect.TypeAssert[[]string](value); ok {
		return strings.Join(items, ",")
	}
	return fmt.Sprint(value.Interface())
}

// withoutPassword masks the passwords that a URL can carry: before its host,
// and as the parameters that Postgres reads.
func withoutPassword(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return masked
	}
	if _, has := u.User.Password(); has {
		u.User = url.UserPassword(u.User.Username(), masked)
	}
	if q := u.Query(); q.Has("password") || q.Has("sslpassword") {
		for _, name := range []string{"password", "sslpassword"} {
			if q.Has(name) {
				q.Set(name, masked)
			}
		}
		u.RawQuery = q.Encode()
	}
	// The mask needs no escaping for people.
	return strings.ReplaceAll(u.String(), url.QueryEscape(masked), masked)
}
