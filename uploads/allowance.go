package uploads

import (
	"github.com/swiperhq/swiper/media/picture"
	"github.com/swiperhq/swiper/media/video"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

// allowance is what may be sent for a purpose.
type allowance struct {
	most     int64    // bytes
	types    []string // content types
	tooLarge func() *social.Error
	measure  func(b []byte) (contentType string, err error)
}

// allowed tells what may be sent for a purpose. CodeInvalidRequest: there is no such
// purpose; CodeVideoUnsupported.
func (s *Service) allowed(p persistence.UploadPurpose) (allowance, error) {
	switch p {
	case persistence.UploadAvatar, persistence.UploadPhoto:
		return allowance{picture.MaxBytes, picture.Types(), picture.TooLarge, func(b []byte) (string, error) {
			header, err := picture.Measure(b)
			return string(header.Format), err
		}}, nil
	case persistence.UploadVideo:
		if s.o.Transcoder == nil {
			return allowance{}, video.Unsupported()
		}
		return allowance{video.MaxBytes, video.Types(), video.TooLarge, func(b []byte) (string, error) {
			header, err := video.Measure(b)
			return string(header.Format), err
		}}, nil
	}
	return allowance{}, &social.Error{Code: social.CodeInvalidRequest, Message: "There is no such purpose.", Field: "purpose"}
}
