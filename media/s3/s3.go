package s3

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/swiperhq/swiper/media"
)

const defaultTimeout = 60 * time.Second

// Options of New. The first group is required.
type Options struct {
	Endpoint             string // https://s3.cn-north-1.amazonaws.com.cn
	Region               string
	AccessKey, SecretKey string
	Bucket               string // of public objects
	Domain               string // where everybody reads them: https://media.example.com
	PrivateBucket        string // nobody but we may read it

	// PathStyle puts the bucket's name into the path instead of the host's name.
	PathStyle bool
	Timeout   time.Duration     // of one operation; 0: a minute
	Transport http.RoundTripper // nil: one of its own
	Now       func() time.Time  // nil: time.Now
}

// Store is the media.Store.
type Store struct {
	o      Options
	client *minio.Core
}

var _ media.Store = (*Store)(nil)

// New makes a store; it asks nobody.
func New(o Options) (*Store, error) {
	endpoint, err := o.check()
	if err != nil {
		return nil, err
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Transport == nil {
		o.Transport = http.DefaultTransport.(*http.Transport).Clone()
	}
	lookup := minio.BucketLookupDNS
	if o.PathStyle {
		lookup = minio.BucketLookupPath
	}
	client, err := minio.NewCore(endpoint.Host, &minio.Options{
		Creds: credentials.NewStaticV4(o.AccessKey, o.SecretKey, ""), Secure: endpoint.Scheme == "https", Transport: o.Transport,
		Region: o.Region, BucketLookup: lookup,
		MaxRetries: 1, // whoever called us tries again, later
	})
	if err != nil {
		return nil, err
	}
	return &Store{o, client}, nil
}

// check names every mistake at once.
func (o *Options) check() (*url.URL, error) {
	var errs []error
	for _, f := range []struct{ name, value string }{
		{"Region", o.Region},
		{"AccessKey", o.AccessKey},
		{"SecretKey", o.SecretKey},
		{"Bucket", o.Bucket},
		{"PrivateBucket", o.PrivateBucket},
	} {
		if f.value == "" {
			errs = append(errs, fmt.Errorf("s3: %s is required", f.name))
		}
	}
	if o.Bucket != "" && o.Bucket == o.PrivateBucket {
		errs = append(errs, errors.New("s3: PrivateBucket must be another than Bucket"))
	}
	o.Domain = strings.TrimSuffix(o.Domain, "/")
	if _, err := parse("Domain", o.Domain); err != nil {
		errs = append(errs, err)
	}
	endpoint, err := parse("Endpoint", o.Endpoint)
	if err == nil && strings.Trim(endpoint.Path, "/") != "" {
		err = errors.New("s3: Endpoint must have no path")
	}
	return endpoint, errors.Join(append(errs, err)...)
}

func parse(name, s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("s3: %s must be a URL, not %q", name, s)
	}
	return u, nil
}

// bucket is where the object of a key lies.
func (s *Store) bucket(key media.Key) string {
	if key.Private() {
		return s.o.PrivateBucket
	}
	return s.o.Bucket
}
