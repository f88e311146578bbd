package config

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Media chooses where pictures are kept.
type Media struct {
	// Store is disk:PATH, qiniu://… or s3://…, see MediaStore; never empty once loaded.
	Store string `koanf:"store"`
	// URL is where everybody reads the pictures of a disk, such as
	// https://static.example.com/media. Empty: this server at /media, told as URLs
	// relative to the API's own address.
	URL string `koanf:"url"`
	// Shared says that the folder of disk: is one that all members of a cluster see.
	Shared bool `koanf:"shared"`
	// Review says who looks at pictures before others see them: none (they are
	// approved at once) or operators.
	Review string `koanf:"review"`
	// FFmpeg is the program that transcodes videos, a name or a path, where the store
	// does not do it itself (qiniu does). Where it is not there, none are taken.
	FFmpeg string `koanf:"ffmpeg"`
}

// What Media.Review can be.
const (
	NoReview        = "none"
	OperatorsReview = "operators"
)

// Kinds of stores of media.
const (
	DiskMedia  = "disk"
	QiniuMedia = "qiniu"
	S3Media    = "s3"
)

// MediaStore is Media.Store read.
type MediaStore struct {
	Kind string
	Dir  string // of disk

	// Of qiniu, qiniu://ACCESS_KEY:SECRET_KEY@REGION/BUCKET?domain=URL&private_bucket=NAME&private_domain=URL[&callback=URL][&pipeline=NAME][&endpoint=URL],
	// and s3, s3://ACCESS_KEY:SECRET_KEY@HOST/BUCKET?region=NAME&domain=URL&private_bucket=NAME[&path_style=true][&insecure=true].
	AccessKey, SecretKey string
	Region               string
	Bucket               string // of public objects
	Domain               string // where everybody reads them
	PrivateBucket        string
	PrivateDomain        string // qiniu
	Callback             string // qiniu; "": clients alone say what has arrived
	Pipeline             string // qiniu, where it transcodes videos; "": the queue of all customers
	Endpoint             string // of s3; of qiniu "" unless it is an installation of one's own
	PathStyle            bool   // s3
}

// MediaStore reads the setting.
func (s *Settings) MediaStore() (MediaStore, error) {
	kind, rest, _ := strings.Cut(s.Media.Store, ":")
	switch kind {
	case DiskMedia:
		if rest == "" {
			return MediaStore{}, errors.New("media.store must name a folder behind \"disk:\", as in disk:/var/lib/swiper/media")
		}
		return MediaStore{Kind: kind, Dir: rest}, nil
	case QiniuMedia, S3Media:
		return readCloud(kind, s.Media.Store)
	}
	return MediaStore{}, errors.New("media.store must be disk:PATH, qiniu://… or s3://…")
}

// readCloud never repeats what it read: there is a secret in it.
func readCloud(kind, raw string) (MediaStore, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return MediaStore{}, fmt.Errorf("media.store: this is no URL of the form %s://ACCESS_KEY:SECRET_KEY@…; signs in keys are escaped as in URLs", kind)
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return MediaStore{}, errors.New("media.store: what stands behind the ? cannot be read")
	}
	secret, _ := u.User.Password()
	m := MediaStore{
		Kind: kind, AccessKey: u.User.Username(), SecretKey: secret, Bucket: strings.Trim(u.Path, "/"),
	}
	var insecure bool
	texts := map[string]*string{"domain": &m.Domain, "private_bucket": &m.PrivateBucket}
	switches := map[string]*bool{}
	if kind == QiniuMedia {
		m.Region = u.Host
		texts["private_domain"], texts["callback"], texts["pipeline"], texts["endpoint"] = &m.PrivateDomain, &m.Callback, &m.Pipeline, &m.Endpoint
	} else {
		texts["region"] = &m.Region
		switches["path_style"], switches["insecure"] = &m.PathStyle, &insecure
	}
	for name, values := range query {
		switch value := values[len(values)-1]; {
		case texts[name] != nil:
			*texts[name] = value
		case switches[name] != nil && (value == "true" || value == "false"):
			*switches[name] = value == "true"
		case switches[name] != nil:
			return MediaStore{}, fmt.Errorf("media.store: %s must be true or false", name)
		default:
			return MediaStore{}, fmt.Errorf("media.store: %s has no part %q", kind, name)
		}
	}
	if kind == S3Media {
		m.Endpoint = "https://" + u.Host
		if insecure {
			m.Endpoint = "http://" + u.Host
		}
	}
	return m, nil
}

func (s *Settings) validateMedia(m *mistakes) {
	store, err := s.MediaStore()
	m.check(err == nil, "%v", err)
	m.check(s.Media.Review == NoReview || s.Media.Review == OperatorsReview, "media.review must be none or operators")
	m.check(s.Media.FFmpeg != "", "media.ffmpeg must name a program; where there is none by that name no videos are taken")
	m.check(s.Media.URL == "" || hasScheme(s.Media.URL, "http", "https"), "media.url must be http://… or https://…")
	m.check(err != nil || store.Kind != DiskMedia || s.Cluster.Alone() || s.Media.Shared,
		"media.store disk: is of one machine: a cluster needs qiniu://… or s3://…, or a folder that all members see and media.shared")
}
