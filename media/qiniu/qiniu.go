package qiniu

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/qiniu/go-sdk/v7/auth"
	"github.com/qiniu/go-sdk/v7/media/apis"
	"github.com/qiniu/go-sdk/v7/storagev2/http_client"
	"github.com/qiniu/go-sdk/v7/storagev2/objects"
	"github.com/qiniu/go-sdk/v7/storagev2/region"
	"github.com/qiniu/go-sdk/v7/storagev2/resolver"
	"github.com/qiniu/go-sdk/v7/storagev2/retrier"
	"github.com/qiniu/go-sdk/v7/storagev2/uploader"
	"github.com/qiniu/go-sdk/v7/storagev2/uplog"

	"github.com/swiperhq/swiper/media"
)

const (
	// partSize is the size of the parts, in bytes, and that above which an object
	// is sent in parts: Qiniu's hash of an object is made of blocks of this size.
	partSize    = 4 << 20
	concurrency = 2

	defaultTimeout = 60 * time.Second
	cdnHost        = "https://fusion.qiniuapi.com"
)

// Options of New. The first group is required.
type Options struct {
	AccessKey, SecretKey string
	Region               string // such as z0, z1, z2, cn-east-2, na0, as0
	Bucket               string // of public objects
	Domain               string // where everybody reads them: https://media.example.com
	PrivateBucket        string // private, and no domain of a CDN leads to it
	PrivateDomain        string // where we read it, with signed URLs

	// CallbackURL is called when a client-direct upload is complete; "": the
	// client alone tells us.
	CallbackURL string
	// Endpoint stands in for all of Qiniu's own addresses, for tests and for
	// installations of one's own: http://127.0.0.1:9000. "": those of Region.
	Endpoint string
	Timeout  time.Duration    // of one operation; 0: a minute
	Client   *http.Client     // nil: one of its own
	Now      func() time.Time // nil: time.Now
}

// Store is the media.Store.
type Store struct {
	o       Options
	keys    *auth.Credentials
	objects *objects.ObjectsManager
	uploads *uploader.UploadManager
	works   *apis.Media
	upURL   string
	cdnURL  string
}

var (
	_ media.Store = (*Store)(nil)

	// silence guards a switch of the SDK that is one for the whole process.
	silence sync.Once

	regionForm = regexp.MustCompile(`^[a-z]+(-[a-z]+)*-?[0-9]+$`)
)

// New makes a store; it asks nobody. It switches the SDK's telemetry off, for
// the whole process.
func New(o Options) (*Store, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.Client == nil {
		o.Client = &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	silence.Do(uplog.DisableUplog)
	s := &Store{o: o, keys: auth.New(o.AccessKey, o.SecretKey), cdnURL: cdnHost}
	where := region.GetRegionByID(o.Region, true)
	if o.Endpoint != "" {
		here := region.Endpoints{Preferred: []string{o.Endpoint}}
		where = &region.Region{RegionID: o.Region, Up: here, Io: here, Rs: here, Rsf: here, Api: here, Bucket: here}
		s.cdnURL = o.Endpoint
	}
	s.upURL = where.Up.Preferred[0]
	client := http_client.Options{
		BasicHTTPClient: o.Client, Credentials: s.keys, Regions: where, UseInsecureProtocol: strings.HasPrefix(s.upURL, "http://"),
		Resolver: resolver.NewDefaultResolver(), // the SDK's own keeps what it finds in a file
		// Another host is tried at once; the same one again by whoever called us,
		// later.
		HostRetryConfig: &http_client.RetryConfig{RetryMax: 1, Retrier: retrier.NewNeverRetrier()},
	}
	s.objects = objects.NewObjectsManager(&objects.ObjectsManagerOptions{Options: client})
	s.uploads = uploader.NewUploadManager(&uploader.UploadManagerOptions{
		Options: client, PartSize: partSize, MultiPartsThreshold: partSize, Concurrency: concurrency,
	})
	s.works = apis.NewMedia(&client)
	return s, nil
}

// check names every mistake at once.
func (o *Options) check() error {
	var errs []error
	for name, value := range map[string]string{
		"AccessKey": o.AccessKey, "SecretKey": o.SecretKey, "Bucket": o.Bucket, "PrivateBucket": o.PrivateBucket,
	} {
		if value == "" {
			errs = append(errs, fmt.Errorf("qiniu: %s is required", name))
		}
	}
	if o.Bucket != "" && o.Bucket == o.PrivateBucket {
		errs = append(errs, errors.New("qiniu: PrivateBucket must be another than Bucket"))
	}
	if !regionForm.MatchString(o.Region) {
		errs = append(errs, fmt.Errorf("qiniu: no region is called %q", o.Region))
	}
	for name, value := range map[string]*string{"Domain": &o.Domain, "PrivateDomain": &o.PrivateDomain} {
		*value = strings.TrimSuffix(*value, "/")
		if !isURL(*value) {
			errs = append(errs, fmt.Errorf("qiniu: %s must be a URL, not %q", name, *value))
		}
	}
	if o.CallbackURL != "" && !isURL(o.CallbackURL) {
		errs = append(errs, fmt.Errorf("qiniu: CallbackURL must be a URL, not %q", o.CallbackURL))
	}
	if o.Endpoint != "" && !isURL(o.Endpoint) {
		errs = append(errs, fmt.Errorf("qiniu: Endpoint must be a URL, not %q", o.Endpoint))
	}
	return errors.Join(errs...)
}

func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.RawQuery == "" && u.Fragment == ""
}

// bucket is where the object of a key lies, and the name it has there.
func (s *Store) bucket(key media.Key) string {
	if key.Private() {
		return s.o.PrivateBucket
	}
	return s.o.Bucket
}
