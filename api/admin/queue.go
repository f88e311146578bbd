package admin

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// QueuePath is where the queue's dashboard is, and what its paths begin with.
const QueuePath = "/queue"

// queuePolicy lets the dashboard's own scripts and styles run, and nothing of others.
const queuePolicy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"

// queueRoutes show the queue. They are there to be read: changes are made to
// tasks, under /admin/tasks.
func queueRoutes(to gin.IRoutes, dashboard http.Handler) {
	show := func(c *gin.Context) {
		c.Header("Content-Security-Policy", queuePolicy)
		dashboard.ServeHTTP(c.Writer, c.Request)
	}
	to.GET(QueuePath, show)
	to.GET(QueuePath+"/*path", show)
}
