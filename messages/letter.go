package messages

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrUnsettled is what a Sender wraps when it cannot tell whether a letter was
// taken over: it is not sent again then. Any other error says that it was not.
var ErrUnsettled = errors.New("it is not known whether the letter was sent")

// Letter is an e-mail of plain text.
type Letter struct {
	To      Address
	Subject string // one line
	Text    string
}

// Sender hands letters to whoever carries them.
type Sender interface {
	// Send returns when the letter was taken over. Its errors are *social.Error:
	// CodeInternal for what will fail again, any other for what may pass; they tell
	// neither address nor text.
	Send(ctx context.Context, l Letter) error
}

const timeForm = "2006-01-02 15:04 MST"

// ExportReady tells that what somebody asked for can be fetched until then. It
// has no link: nobody has shown that the address is theirs.
func ExportReady(to Address, until time.Time) Letter {
	when := until.UTC().Format(timeForm)
	return Letter{
		To: to, Subject: "Your Swiper data is ready / 你的 Swiper 数据已准备好",
		Text: fmt.Sprintf(`The data of your Swiper account that you asked for is ready. Open the app to download it, until %s.
If you did not ask for it, somebody typed your address by mistake; there is nothing to do.

你申请的 Swiper 账号数据已准备好。请在 %s 之前打开应用下载。
如果不是你申请的，说明有人输错了地址，你无需处理。
`, when, when),
	}
}

// AccountDeleted tells that an account was deleted and until when it can be restored.
func AccountDeleted(to Address, until time.Time) Letter {
	when := until.UTC().Format(timeForm)
	return Letter{
		To: to, Subject: "Your Swiper account is being deleted / 你的 Swiper 账号正在注销",
		Text: fmt.Sprintf(`Your Swiper account was deleted and is hidden from everybody. It will be erased for good on %s.
To keep it, log in with its phone number before then. If you have no account, somebody typed your address by mistake; there is nothing to do.

你的 Swiper 账号已注销，其他人已看不到它，并将于 %s 彻底删除。
如需保留，请在此之前用原手机号登录。如果你没有账号，说明有人输错了地址，你无需处理。
`, when, when),
	}
}
