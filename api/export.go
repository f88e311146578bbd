package api

import (
	"context"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"github.com/swiperhq/swiper/api/problem"
	"github.com/swiperhq/swiper/exports"
	"github.com/swiperhq/swiper/persistence"
	"github.com/swiperhq/swiper/social"
)

const (
	exportPath = "/v1/exports/{export_id}"
	exportRoot = "/v1/exports/:export_id" // as gin has it
	// readTime is how long an export may be on its way to its user.
	readTime = 10 * time.Minute
	// Bounds of those that are, of a node and of one user.
	mostReading       = 64
	mostReadingOfUser = 2
)

func isDownload(c *gin.Context) bool { return c.FullPath() == exportRoot }

// letterTo is where one letter goes.
type letterTo struct {
	Email string `json:"email,omitempty" maxLength:"254" doc:"Gets one letter about this, and is not kept. A server that sends no e-mail refuses it."`
}

// email is "" for a body without one, and for no body.
func (l *letterTo) email() string {
	if l == nil {
		return ""
	}
	return l.Email
}

type requestExportInput struct {
	Body *letterTo
}

type exportInput struct {
	ExportID string `path:"export_id" doc:"As the task's result, or GET /v1/me/export, told it in url."`
}

type exportAnswer struct {
	TaskID    string     `json:"task_id"`
	State     string     `json:"state" enum:"accepted,ready,failed" doc:"accepted: it is being made; the task tells how that is going."`
	URL       *string    `json:"url" format:"uri-reference" doc:"Where to read it, with an access token, relative to this API's own address; null until it is ready."`
	Size      *int64     `json:"size" minimum:"0" doc:"In bytes; null until it is ready."`
	CreatedAt time.Time  `json:"created_at" doc:"When it was asked for."`
	ExpiresAt *time.Time `json:"expires_at" doc:"Until when it can be read; null until it is ready."`
}

type exportOutput struct{ Body exportAnswer }

type requestedOutput struct {
	Location string `header:"Location" doc:"Where to ask how it is going."`
	Body     struct {
		TaskID string `json:"task_id" doc:"For GET /v1/tasks/{task_id}; its result is {url, size, expires_at}."`
	}
}

func (s *service) exportRoutes() {
	ask := s.operation("request-export", http.MethodPost, "/v1/me/export",
		"Ask for a copy of my data: a zip of JSON and pictures. One at a time: while one is being made or can be read, it is given again, and its email stays as it was")
	ask.DefaultStatus = http.StatusAccepted
	register(s, ask, s.requestExport)
	register(s, s.operation("get-my-export", http.MethodGet, "/v1/me/export", "Show the copy of my data that I asked for last", social.CodeExportNotFound), s.latestExport)
	read := s.operation("read-export", http.MethodGet, exportPath,
		"Read a copy of my data: the zip itself, or a redirection to where the store of media has it, for minutes", social.CodeExportNotFound)
	binary := &huma.Schema{Type: huma.TypeString, Format: "binary"}
	read.Responses["200"] = &huma.Response{Description: "The zip.", Content: map[string]*huma.MediaType{exports.ContentType: {Schema: binary}}}
	read.Responses["303"] = &huma.Response{
		Description: "Where it is, for whoever has the link, for minutes.",
		Headers:     map[string]*huma.Param{"Location": {Required: true, Schema: &huma.Schema{Type: huma.TypeString, Format: "uri"}}},
	}
	register(s, read, s.readExport)
}

func (s *service) requestExport(ctx context.Context, in *requestExportInput) (*requestedOutput, error) {
	e, err := s.Exports.Request(ctx, callerOf(ctx), in.Body.email())
	if err != nil {
		return nil, asCaller(err)
	}
	out := &requestedOutput{Location: "/v1/tasks/" + string(e.Task)}
	out.Body.TaskID = string(e.Task)
	return out, nil
}

func (s *service) latestExport(ctx context.Context, _ *struct{}) (*exportOutput, error) {
	e, err := s.Exports.Latest(ctx, callerOf(ctx))
	if err != nil {
		return nil, asCaller(err)
	}
	out := exportAnswer{TaskID: string(e.Task), State: string(e.State), CreatedAt: e.CreatedAt.UTC()}
	if e.State == persistence.ExportReady {
		made := exports.MadeOf(&e)
		out.URL, out.Size, out.ExpiresAt = &made.URL, &made.Size, &made.ExpiresAt
	}
	return &exportOutput{out}, nil
}

// readExport answers as it reads: an export is too large for the memory, and for
// the time that other requests have.
func (s *service) readExport(ctx context.Context, in *exportInput) (*huma.StreamResponse, error) {
	uid := callerOf(ctx)
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		c := humagin.Unwrap(hctx)
		if err := s.sendExport(ctx, c.Writer, c.Request, uid, persistence.ExportID(in.ExportID)); err != nil {
			problem.Write(c.Writer, problem.Report(ctx, s.Logger, err))
		}
	}}, nil
}

// sendExport writes the answer, or gives an error and has written nothing.
func (s *service) sendExport(ctx context.Context, w http.ResponseWriter, r *http.Request, uid social.UserID, id persistence.ExportID) error {
	if err := s.out.enter(uid, 1); err != nil {
		return err
	}
	defer s.out.leave(uid, 1)
	d, err := s.Exports.Open(ctx, uid, id)
	if err != nil {
		return asCaller(err)
	}
	h := w.Header()
	h.Set("Cache-Control", "private, no-store")
	if d.Link != "" {
		h.Set("Location", d.Link)
		w.WriteHeader(http.StatusSeeOther)
		return nil
	}
	defer func() { _ = d.Object.Close() }() // read, and done with
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(readTime))
	h.Set("Content-Type", exports.ContentType)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": exports.FileName}))
	if file, ok := d.Object.(io.ReadSeeker); ok {
		http.ServeContent(w, r, "", time.Time{}, file)
		return nil
	}
	h.Set("Content-Length", strconv.FormatInt(d.Size, 10))
	_, _ = io.Copy(w, d.Object) // whoever asked may be gone
	return nil
}
