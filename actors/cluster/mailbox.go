package cluster

import "github.com/asynkron/protoactor-go/actor"

// deadLettering wraps a mailbox so that what is left in it when its actor ends
// becomes dead letters, whose senders hear of it at once; the library would
// let those messages vanish.
func deadLettering(inner actor.MailboxProducer) actor.MailboxProducer {
	return func() actor.Mailbox { return &deadLetterMailbox{Mailbox: inner()} }
}

type deadLetterMailbox struct{ actor.Mailbox }

func (m *deadLetterMailbox) RegisterHandlers(inv actor.MessageInvoker, d actor.Dispatcher) {
	m.Mailbox.RegisterHandlers(&deadLetterInvoker{MessageInvoker: inv, mailbox: m.Mailbox}, d)
}

type deadLetterInvoker struct {
	actor.MessageInvoker
	mailbox actor.Mailbox
	dead    bool // only the mailbox's own loop reads and writes it
}

// InvokeSystemMessage notes when the actor is gone: after its own stop, or after
// the end of the last child it waited for.
func (i *deadLetterInvoker) InvokeSystemMessage(m any) {
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

func (i *deadLetterInvoker) InvokeUserMessage(m any) {
	if !i.dead {
		i.MessageInvoker.InvokeUserMessage(m)
		return
	}
	if ctx, ok := i.MessageInvoker.(actor.Context); ok {
		ctx.ActorSystem().DeadLetter.SendUserMessage(ctx.Self(), m)
	}
}
