// Package video makes of what a client sent a short video that may be published.
//
// Measure looks at what it is, how long and how large, without decoding a frame:
// it is done before an upload is accepted. MP4, QuickTime and WebM are taken;
// durations are summed up from the samples, not believed. A Transcoder decodes it
// and encodes it anew with the ffmpeg of the machine, in a process of its own.
//
// Errors are *social.Error: CodeUploadTooLarge, CodeUnsupportedMedia,
// CodeImageInvalid, CodeVideoUnsupported, CodeTimeout, CodeUnavailable. The
// package knows no store, no task and no route.
package video
