package uploads

import (
	"context"
	"strconv"

	"github.com/swiperhq/swiper/media"
	"github.com/swiperhq/swiper/media/picture"
	"github.com/swiperhq/swiper/media/video"
	"github.com/swiperhq/swiper/persistence"
)

// product is what was made of an upload.
type product struct {
	set  *picture.Set
	clip *video.Clip // nil: it is a picture
}

// object is one object of it.
type object struct {
	key         media.Key
	data        []byte
	contentType string
}

// clean makes of what was sent what may be published.
func (s *Service) clean(ctx context.Context, u *persistence.Upload, data []byte) (*product, error) {
	owner := strconv.FormatInt(int64(u.UID), 10)
	made := &product{}
	var err error
	if u.Purpose == persistence.UploadVideo {
		if made.clip, err = s.o.Transcoder.Transcode(ctx, owner, data); err != nil {
			return nil, err
		}
		data = made.clip.Poster
	}
	made.set, err = s.o.Cleaner.Clean(ctx, owner, data)
	return made, err
}

func (p *product) picture() persistence.Picture {
	return persistence.Picture{
		Large: string(p.set.Large.Key), Medium: string(p.set.Medium.Key), Small: string(p.set.Small.Key), BlurHash: p.set.BlurHash,
	}
}

func (p *product) video() persistence.Video {
	if p.clip == nil {
		return persistence.Video{}
	}
	return persistence.Video{Key: string(p.clip.Key), Duration: p.clip.Duration, Width: p.clip.Width, Height: p.clip.Height}
}

func (p *product) film() []byte {
	if p.clip == nil {
		return nil
	}
	return p.clip.Data
}

func (p *product) objects() []object {
	var out []object
	for _, size := range p.set.All() {
		out = append(out, object{size.Key, size.Data, picture.ContentType})
	}
	if p.clip != nil {
		out = append(out, object{p.clip.Key, p.clip.Data, video.ContentType})
	}
	return out
}
