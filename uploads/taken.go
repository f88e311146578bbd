package uploads

import (
	"github.com/swiperhq/swiper/media/picture"
	"github.com/swiperhq/swiper/media/video"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// taken is what may be sent for a purpose.
type taken struct {
	most     int64    // bytes
	types    []string // content types
	tooLarge func() *social.Error
	measure  func(b []byte) (contentType string, err error)
}

// taken tells what may be sent for a purpose. CodeInvalidRequest: there is no such
// purpose; CodeVideoUnsupported.
func (s *Service) taken(p persistence.UploadPurpose) (taken, error) {
	switch p {
	case persistence.UploadAvatar, persistence.UploadPhoto:
		return taken{picture.MaxBytes, picture.Types(), picture.TooLarge, func(b []byte) (string, error) {
			header, err := picture.Measure(b)
			return string(header.Format), err
		}}, nil
	case persistence.UploadVideo:
		if s.o.Transcoder == nil {
			return taken{}, video.Unsupported()
		}
		return taken{video.MaxBytes, video.Types(), video.TooLarge, func(b []byte) (string, error) {
			header, err := video.Measure(b)
			return string(header.Format), err
		}}, nil
	}
	return taken{}, &social.Error{Code: social.CodeInvalidRequest, Message: "There is no such purpose.", Field: "purpose"}
}
