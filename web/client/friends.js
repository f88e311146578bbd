// Those who like each other, and the end of it.

import {call, Refusal} from "./api.js";
import {h, icon, show, toast} from "./dom.js";
import {face} from "./deck.js";
import {t} from "./i18n.js";
import {pages} from "./pages.js";
import {picture} from "./portrait.js";

export function friendsView(main, app) {
	const list = pages(main, {
		read: (cursor) => call("GET", `/v1/friends?limit=20${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`),
		of: (answer) => answer.friends,
		empty: () => h("div.empty", null, icon("people"), h("p.big", null, t("noFriends")), h("p", null, t("noFriendsHint"))),
		item, report: app.report,
	});

	function item(card) {
		const name = card.nickname ?? t("someone");
		const el = h("li.friend", {"data-user": card.user_id},
			h("button.who", {type: "button", "aria-label": t("open", {name}), onclick: () => sheet(card, el)}, h("span.disc", null, picture(card)),
				h("span.text", null, h("span.name", null, [name, card.age].filter(Boolean).join(", ")), h("span.place", null, card.location ?? ""))));
		return el;
	}

	// sheet shows one friend; ending the friendship is asked for twice.
	function sheet(card, el) {
		const name = card.nickname ?? t("someone");
		const dialog = h("dialog.sheet", {"aria-label": name});
		const foot = h("div.row");
		const plain = () => show(foot,
			h("button.plain.bad", {type: "button", onclick: ask, "aria-label": t("unfriendName", {name})}, t("unfriend")),
			h("button.primary", {type: "button", onclick: () => dialog.close()}, t("close")));
		function ask() {
			const cancel = h("button.plain", {type: "button", onclick: plain}, t("cancel"));
			show(foot, h("p", {role: "alert"}, t("unfriendAsk", {name})), cancel, h("button.primary.bad", {type: "button", onclick: end}, t("unfriend")));
			cancel.focus();
		}
		async function end() {
			try {
				await call("DELETE", `/v1/friends/${card.user_id}`);
			} catch (err) {
				if (!(err instanceof Refusal) || err.code !== "not_friends") {
					app.report(err);
					return;
				}
			}
			app.celebrated.delete(card.user_id);
			dialog.close();
			list.remove(el);
			toast(t("unfriended", {name}));
		}
		plain();
		show(dialog, h("div.card.still", null, face(card)), foot);
		dialog.addEventListener("close", () => {
			dialog.remove();
			if (el.isConnected) el.querySelector("button").focus();
		});
		document.body.append(dialog);
		dialog.showModal();
	}

	return {
		changed(kind) {
			if (kind === "match" || kind === "unmatched") list.load();
		},
		leave: list.leave,
	};
}
