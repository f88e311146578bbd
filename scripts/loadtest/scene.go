package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/swiperhq/swiper/internal/checker"
	"github.com/swiperhq/swiper/internal/people"
	"github.com/swiperhq/swiper/scripts/loadtest/client"
	"github.com/swiperhq/swiper/scripts/loadtest/server"
	"github.com/swiperhq/swiper/social"
)

// tokenMargin is how much longer than a run its tokens last.
const tokenMargin = time.Hour

// tokensLast is for how long tokens are asked for, by every node's clock.
func (o *options) tokensLast() time.Duration {
	return o.duration + tokenMargin + time.Duration(o.days-1)*24*time.Hour
}

// scene is a server that is ready to be played on.
type scene struct {
	o       *options
	epoch   time.Time
	client  *client.Client
	admin   *client.Admin
	ring    *client.Keyring
	history *checker.History
	rules   rules
	own     *server.Server // nil: somebody else's

	people []social.UserID // those who play, newcomers included
	feeds  map[social.UserID]*client.Feed
	limits map[social.Action]social.Limit
	fresh  bool
	// surveyed is when the first look at the users began. It counts as warm-up.
	surveyed time.Time
	// readRate is how many requests a second the server answered before the load.
	readRate float64
}

// open makes everything ready: a server if none was named, tokens, settings,
// newcomers. What it has begun is ended by close, also after an error.
func (p *program) open(ctx context.Context, s *scene, observe *observer, phase func(string)) error {
	o := s.o
	if len(o.targets) == 0 {
		phase("start a server")
		own, err := server.Start(ctx, server.Options{Users: int64(o.users), Flags: []string{"--demo"}})
		if err != nil {
			return err
		}
		s.own = own
		p.haste.On(func() {
			own.Kill()
			_ = own.Stop() // nobody is left to tell
		})
		o.targets, o.admins = []string{own.HTTP}, []string{own.Admin}
	}
	s.ring, s.epoch = &client.Keyring{}, time.Now()
	var err error
	s.client, err = client.New(client.Options{Targets: o.targets, Epoch: s.epoch, Tokens: s.ring, History: s.history, Observe: observe.add})
	if err != nil {
		return err
	}
	if s.admin, err = client.NewAdmin(o.admins[0], o.adminToken); err != nil {
		return err
	}
	s.rules.admin = s.admin
	phase("prepare")
	s.people = o.people()
	if err := s.admin.Tokens(ctx, s.people, o.tokensLast(), s.ring); err != nil {
		return err
	}
	if err := s.reach(); err != nil {
		return err
	}
	return s.prepare(ctx, phase)
}

func (s *scene) prepare(ctx context.Context, phase func(string)) error {
	o := s.o
	first := s.people[0]
	quotas, a := s.client.Quotas(client.How{Initial: true}, first)
	if !a.OK() {
		return fmt.Errorf("%s answers %s to GET /v1/quotas", o.targets[0], a.Outcome)
	}
	logins := s.logins()
	// What follows the load has to fit into the day as well.
	length := o.duration + o.within
	s.rules.midnight = o.days > 1
	err := s.rules.impose(ctx, length, logins, time.Now(), quotas[social.ActionRewind].ResetsAt)
	if err != nil {
		return err
	}
	if s.limits, err = s.rules.await(ctx, s.client, first, length); err != nil {
		return err
	}
	if err := s.comeIn(ctx, logins); err != nil {
		return err
	}
	s.feeds = make(map[social.UserID]*client.Feed, len(s.people))
	for _, uid := range s.people {
		s.feeds[uid] = &client.Feed{}
	}
	return s.survey(ctx, phase)
}

// reach asks every target who the first and the last user are.
func (s *scene) reach() error {
	last := s.people[len(s.people)-1]
	for node, target := range s.o.targets {
		for _, uid := range []social.UserID{s.people[0], last} {
			_, a := s.client.Me(client.How{Node: node, Initial: true}, uid)
			switch {
			case a.OK():
			case a.Status == 0:
				return fmt.Errorf("the target %s cannot be reached (%s)", target, a.Outcome)
			case a.Outcome == string(social.CodeUnauthenticated):
				return s.whoIsMissing(node)
			default:
				return fmt.Errorf("the target %s answers %s to GET /v1/me (status %d)", target, a.Outcome, a.Status)
			}
		}
	}
	return nil
}

// whoIsMissing looks for the first user who does not exist; ids are dense.
func (s *scene) whoIsMissing(node int) error {
	missing, _ := slices.BinarySearchFunc(s.people, struct{}{}, func(uid social.UserID, _ struct{}) int {
		if _, a := s.client.Me(client.How{Node: node, Initial: true}, uid); a.OK() {
			return -1
		}
		return 1
	})
	uid := s.people[min(missing, len(s.people)-1)]
	if missing == 0 {
		return fmt.Errorf("the target %s takes no token for user %d: either there is no such user (seed with: swiper seed --users %d), or --admin belongs to another server",
			s.o.targets[node], uid, len(s.people))
	}
	return fmt.Errorf("user %d does not exist; seed with: swiper seed --users %d, or name fewer with --users", uid, s.people[len(s.people)-1])
}

// Those who come in by phone where the server shows the codes.
const (
	someLogins    = 20
	loginsOneInto = 50
	// loginLasts is how long the token of a login is good for.
	loginLasts = 15 * time.Minute
)

// logins decides how many come in by phone.
func (s *scene) logins() int {
	if s.o.logins != loginsByItself {
		return s.o.logins
	}
	if !s.client.Demo() {
		return 0
	}
	return min(someLogins, s.o.users/loginsOneInto)
}

// comeIn brings in n people by phone and lets them fill in their profiles.
func (s *scene) comeIn(ctx context.Context, n int) error {
	towns := people.Locations(1)
	for i := range n {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		// Not the run's dice: a phone has only so many codes a day.
		uid, err := s.client.Login(client.How{Initial: true}, fmt.Sprintf("+86139%08d", rand.IntN(100_000_000))) //nolint:gosec // no secret
		if err != nil {
			if s.o.logins == loginsByItself {
				return nil // it was an offer
			}
			return fmt.Errorf("come in by phone: %w", err)
		}
		sex, dating := "female", "male"
		if i%2 == 1 {
			sex, dating = dating, sex
		}
		profile := fmt.Appendf(nil, `{"nickname":"Newcomer","sex":%q,"birthday":"1999-05-04","location":%q,"dating_sex":%q,"min_dating_age":18,"max_dating_age":60}`,
			sex, towns[0], dating)
		if a := s.client.PatchMe(client.How{Initial: true}, uid, profile); !a.OK() {
			return fmt.Errorf("the profile of newcomer %d: %s", uid, a.Outcome)
		}
		s.people = append(s.people, uid)
	}
	if n > 0 && s.o.duration+s.o.within > loginLasts {
		return s.admin.Tokens(ctx, s.people[s.o.users:], s.o.tokensLast(), s.ring)
	}
	return nil
}

// sample is how many people a server is asked about to learn how fast it answers.
const sample = 500

// survey learns what stood between the users before, and how fast the server
// answers. A server of our own is new.
//
// Of another one every user is looked at through the admin listener, dislikes
// included, until something is found. Then nothing is taken for granted but what
// the users are told of their quotas and events.
func (s *scene) survey(ctx context.Context, phase func(string)) error {
	s.surveyed = time.Now()
	s.fresh = s.own != nil
	if !s.fresh {
		phase("look whether users are blank")
		var err error
		if s.fresh, err = s.blank(ctx); err != nil {
			return err
		}
	}
	if !s.fresh {
		phase("first reads")
		err := s.each(ctx, s.people, func(how client.How, uid social.UserID) error {
			_, a := s.client.Quotas(how, uid)
			if err := s.answered(&a, uid); err != nil {
				return err
			}
			return s.catchUp(how, uid)
		})
		if err != nil {
			return err
		}
	}
	start, some := time.Now(), s.people[:min(sample, len(s.people))]
	err := s.each(ctx, some, func(how client.How, uid social.UserID) error {
		_, a := s.client.Quotas(how, uid)
		return s.answered(&a, uid)
	})
	s.readRate = float64(len(some)) / max(time.Since(start), time.Millisecond).Seconds()
	return err
}

var errUsed = errors.New("used")

// blank tells whether nothing stands of anybody's doing, nor of strangers' towards them.
func (s *scene) blank(ctx context.Context) (bool, error) {
	shuffled := slices.Clone(s.people)
	rand.Shuffle(len(shuffled), func(i, j int) { //nolint:gosec // no secret
		shuffled[i], shuffled[j] = shuffled[j], shuffled[i]
	})
	err := s.each(ctx, shuffled, func(how client.How, uid social.UserID) error {
		stored, err := s.admin.Inspect(ctx, uid)
		if err != nil {
			return err
		}
		if !stored.Blank() {
			return errUsed
		}
		likes := s.client.Likes(how, uid)
		if likes.OK() && len(likes.Op.List) > 0 {
			return errUsed
		}
		return s.answered(&likes, uid)
	})
	if errors.Is(err, errUsed) {
		return false, nil
	}
	return err == nil, err
}

// catchUp reads the events of earlier times, to begin behind them.
func (s *scene) catchUp(how client.How, uid social.UserID) error {
	feed := s.feeds[uid]
	for !feed.AtEnd() {
		a := s.client.ReadEvents(how, uid, feed)
		if a.Outcome == string(social.CodeNotFound) {
			return nil // it tells none
		}
		if err := s.answered(&a, uid); err != nil {
			return err
		}
	}
	feed.Forget()
	return nil
}

func (s *scene) answered(a *client.Answer, uid social.UserID) error {
	switch {
	case a.OK():
		return nil
	case a.Outcome == string(social.CodeUnauthenticated):
		return fmt.Errorf("user %d does not exist; seed with: swiper seed", uid)
	}
	return fmt.Errorf("the server answers %s when asked about user %d before the load", a.Outcome, uid)
}

// readers is how many ask at a time before and after the load.
const readers = 128

// each calls f for everybody, several at a time over all targets, until one fails.
func (s *scene) each(ctx context.Context, of []social.UserID, f func(client.How, social.UserID) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(readers, len(of)) {
		workers.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(of) {
					return
				}
				if err := f(client.How{Node: i % s.client.Targets(), Initial: true}, of[i]); err != nil {
					cancel(err)
				}
			}
		})
	}
	workers.Wait()
	return context.Cause(ctx)
}

// close ends what open began and puts the settings back.
func (s *scene) close(ctx context.Context) error {
	var errs []error
	if len(s.rules.set) > 0 {
		if err := s.rules.restore(ctx); err != nil && s.own == nil {
			errs = append(errs, fmt.Errorf("put the settings back: %w", err))
		}
	}
	if s.client != nil {
		s.client.Close()
	}
	if s.admin != nil {
		s.admin.Close()
	}
	if s.own != nil {
		errs = append(errs, s.own.Stop())
		s.own = nil
	}
	return errors.Join(errs...)
}
