package e2e_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// photos adds two photos to a profile, one of them over a line that loses answers,
// puts the second first and takes one away.
func (s *pages) photos(t *testing.T) {
	t.Parallel()
	w := s.open(t, look{Width: 360, Height: 740})
	w.enter(t, person{"Ann", "female", "Photos"})
	w.click(t, "[data-view=me]")
	w.until(t, `document.querySelector("#photo-file")`)
	choose := func(colour string) {
		evaluate[chromedp.Void](t, w, fmt.Sprintf(`void (() => {
			const canvas = document.createElement("canvas");
			canvas.width = canvas.height = 300;
			const pen = canvas.getContext("2d");
			pen.fillStyle = %q;
			pen.fillRect(0, 0, 300, 300);
			canvas.toBlob((blob) => {
				const chosen = new DataTransfer();
				chosen.items.add(new File([blob], "photo.png", {type: "image/png"}));
				const input = document.querySelector("#photo-file");
				input.files = chosen.files;
				input.dispatchEvent(new Event("change"));
			});
		})()`, colour))
	}
	const shown = `[...document.querySelectorAll(".photos img")].map((i) => i.src)`
	there := func(n int) {
		w.until(t, fmt.Sprintf(`document.querySelectorAll(".photos img").length === %d && !document.querySelector("#photo-file").matches(":disabled")
			&& [...document.querySelectorAll(".photos img")].every((i) => i.complete && i.naturalWidth > 0)`, n))
	}
	choose("red")
	there(1)
	w.until(t, `document.querySelector("#my-picture img")`)
	evaluate[chromedp.Void](t, w, `{
		const real = window.fetch;
		const lost = new Set();
		window.keys = [];
		window.fetch = async (url, options) => {
			const answer = await real(url, options);
			const adds = options.method === "POST" && url === "/v1/me/photos";
			if (adds) window.keys.push(options.headers["Idempotency-Key"]);
			if (!(adds || url.startsWith("/v1/tasks/")) || lost.has(url)) return answer;
			lost.add(url);
			throw new TypeError("cut off");
		};
	}`)
	choose("blue")
	there(2)
	keys := evaluate[[]string](t, w, "keys")
	require.Len(t, keys, 2)
	require.Equal(t, keys[0], keys[1])
	w.audit(t, "photos")
	before := evaluate[[]string](t, w, shown)
	w.click(t, ".photos li:nth-child(2) .round")
	w.until(t, fmt.Sprintf(`document.querySelector(".photos img").src === %q`, before[1]))
	there(2)
	w.click(t, ".photos li:nth-child(2) .round + .round")
	there(1)
	require.Equal(t, before[1:], evaluate[[]string](t, w, shown))
	w.requireClean(t)
}
