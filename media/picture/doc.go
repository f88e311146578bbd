// Package picture makes of what a client sent pictures that may be published.
//
// Measure looks at the first bytes: is it a picture of a kind we take, whole,
// and small enough to be decoded? It costs next to nothing and is done before
// an upload is accepted. Clean decodes the picture, turns it the way its
// orientation says, scales it to three sizes and encodes these anew, so that
// nothing of the original but its colours is published: no place, no camera, no
// comment, no bytes after its end. Colours are taken for sRGB.
//
// JPEG, PNG and WebP are taken; of an animated PNG its still picture. GIF,
// animated WebP, HEIC and whatever is drawn (SVG) are not.
//
// Errors are *social.Error: CodeUploadTooLarge, CodeUnsupportedMedia,
// CodeImageInvalid, and CodeTimeout when the caller's context ended first. The
// package knows no store, no task and no route.
package picture
