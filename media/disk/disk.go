package disk

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/swiperhq/swiper/media"
)

const (
	tempDir  = "tmp"
	dirMode  = 0o750
	fileMode = 0o640

	// minKey is the shortest key of tickets: as long as what it makes.
	minKey = 32
)

// Options of New. All are required but Now.
type Options struct {
	Dir string // made where it is missing
	// PublicURL is where Public is mounted, as clients see it, without a slash at
	// the end: http://localhost:8080/media
	PublicURL string
	// UploadURL is where Receiver is mounted, as clients see it.
	UploadURL string
	// TicketKey signs tickets: at least 32 bytes, the same after a restart.
	TicketKey []byte
	// Fail answers a request with an error: a *social.Error.
	Fail func(http.ResponseWriter, *http.Request, error)
	Now  func() time.Time // nil: time.Now
}

// Store is the media.Store. Close it once nobody uses it any more.
type Store struct {
	o    Options
	root *os.Root

	mu     sync.Mutex
	coming map[media.Key]struct{} // what is being received
}

var _ media.Store = (*Store)(nil)

// New opens the folder and clears away what a process that died was writing. It
// fails on a file system without hard links, where nothing could be published.
func New(o Options) (*Store, error) {
	switch {
	case o.Dir == "" || o.PublicURL == "" || o.UploadURL == "":
		return nil, errors.New("disk: Dir, PublicURL and UploadURL are required")
	case len(o.TicketKey) < minKey:
		return nil, errors.New("disk: TicketKey is shorter than 32 bytes")
	case o.Fail == nil:
		return nil, errors.New("disk: Fail is required")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.PublicURL = strings.TrimSuffix(o.PublicURL, "/")
	if err := os.MkdirAll(o.Dir, dirMode); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(o.Dir)
	if err != nil {
		return nil, err
	}
	if err = clearTemp(root, o.Now()); err == nil {
		err = tryLink(root)
	}
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return &Store{o: o, root: root, coming: map[media.Key]struct{}{}}, nil
}

// abandoned is how old a half-written object is that nobody writes any more:
// other processes may share the folder.
const abandoned = time.Hour

func clearTemp(root *os.Root, now time.Time) error {
	if err := root.Mkdir(tempDir, dirMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	entries, err := fs.ReadDir(root.FS(), tempDir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.IsDir() {
			continue // another's: here are files only
		}
		info, err := e.Info()
		if err == nil && now.Sub(info.ModTime()) > abandoned {
			err = root.Remove(tempDir + "/" + e.Name())
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// tryLink makes a file have a second name, as objects have while they are published.
func tryLink(root *os.Root) error {
	first := tempDir + "/" + rand.Text()
	second := first + ".link"
	if err := root.WriteFile(first, nil, fileMode); err != nil {
		return err
	}
	err := root.Link(first, second)
	if err != nil {
		err = fmt.Errorf("disk: the file system of %s knows no hard links: %w", root.Name(), err)
	} else {
		err = root.Remove(second)
	}
	return errors.Join(err, root.Remove(first))
}

// Close releases the folder.
func (s *Store) Close() error { return s.root.Close() }

// path is where the object of a key lies: apart from the folder of half-written ones.
func path(key media.Key) string { return "objects/" + string(key) }
