package cluster

import "github.com/asynkron/protoactor-go/actor"

// boxed wraps a mailbox for two things that the library's does not do: what is left
// in it when its actor ends becomes dead letters, whose senders hear of it at once;
// and what is Aside is handled by a goroutine of its own.
func boxed(inner actor.MailboxProducer) actor.MailboxProducer {
	return func() actor.Mailbox { return &mailbox{Mailbox: inner()} }
}

type mailbox struct{ actor.Mailbox }

func (m *mailbox) RegisterHandlers(inv actor.MessageInvoker, d actor.Dispatcher) {
	m.Mailbox.RegisterHandlers(&invoker{MessageInvoker: inv, mailbox: m.Mailbox}, d)
}

type invoker struct {
	actor.MessageInvoker

	mailbox actor.Mailbox
	dead    bool // only whoever handles messages for the actor reads and writes it
	aside   aside
}

// InvokeSystemMessage notes when the actor is gone: after its own stop, or after
// the end of the last child it waited for.
func (i *invoker) InvokeSystemMessage(m any) {
	if i.aside.keep(m) {
		return
	}
	i.MessageInvoker.InvokeSystemMessage(m)
	switch m.(type) {
	case *actor.Stop, *actor.Terminated:
		ctx, ok := i.MessageInvoker.(actor.Context)
		if !ok || i.dead {
			return
		}
		if _, alive := ctx.ActorSystem().ProcessRegistry.GetLocal(ctx.Self().Id); alive {
			return
		}
		i.dead = true
		// An actor stopped for panicking too often left its mailbox suspended.
		i.mailbox.PostSystemMessage(&actor.ResumeMailbox{})
	}
}

func (i *invoker) InvokeUserMessage(m any) {
	if i.dead {
		if ctx, ok := i.MessageInvoker.(actor.Context); ok {
			ctx.ActorSystem().DeadLetter.SendUserMessage(ctx.Self(), m)
		}
		return
	}
	if _, ok := actor.UnwrapEnvelopeMessage(m).(Aside); !ok {
		i.MessageInvoker.InvokeUserMessage(m)
		return
	}
	i.aside.begin()
	i.mailbox.PostSystemMessage(&actor.SuspendMailbox{}) // the first thing that is looked at when this returns
	go i.handleAside(m)
}

// handleAside handles m and lets the mailbox go on. Over a panic that is up to
// whoever supervises the actor.
func (i *invoker) handleAside(m any) {
	defer func() {
		panicked := recover()
		for _, kept := range i.aside.end() {
			i.mailbox.PostSystemMessage(kept)
		}
		if panicked != nil {
			i.EscalateFailure(panicked, m)
			return
		}
		i.mailbox.PostSystemMessage(&actor.ResumeMailbox{})
	}()
	i.MessageInvoker.InvokeUserMessage(m)
}
