package admin

import "github.com/gin-gonic/gin"

// View is the cluster as this node sees it.
type View struct {
	Self    string   `json:"self"` // this node's id
	Hash    string   `json:"view"` // the same on nodes that see the same members
	Members []Member `json:"members"`
}

// Member is a node of the cluster.
type Member struct {
	ID      string   `json:"id"`      // new at each start of a node
	Address string   `json:"address"` // host:port that the other nodes reach it at
	Version string   `json:"version"`
	Kinds   []string `json:"kinds"` // of actors it takes
	// Leaving members finish what they have and take nothing new.
	Leaving bool `json:"leaving"`
	// Activations counts the actors active there; nil: not known here.
	Activations *Activations `json:"activations"`
}

// Activations counts the active actors of a node.
type Activations struct {
	User       int `json:"user"`
	Matchmaker int `json:"matchmaker"`
}

func (s *service) listMembers(*gin.Context) (any, error) { return s.View(), nil }
