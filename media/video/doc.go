// Package video looks at the short videos that clients send: what they are, how
// long and how large, without decoding a frame. MP4, QuickTime and WebM are
// taken; durations are summed up from the samples, not believed.
//
// Errors are *social.Error: CodeUploadTooLarge, CodeUnsupportedMedia,
// CodeImageInvalid. The package knows no store, no task and no route, and it
// publishes nothing: a video is transcoded before anybody sees it.
package video
