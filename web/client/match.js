// The match moment, one after the other if there are several.

import {calm, h, say, show} from "./dom.js";
import {t} from "./i18n.js";
import {picture} from "./portrait.js";

const waiting = [];
let open = false;

// busy tells whether people would be torn from what they do: typing, another dialog.
const busy = () => document.querySelector("dialog[open]") || /^(INPUT|TEXTAREA)$/.test(document.activeElement?.tagName);

// forget lets nobody celebrate any more, as when someone has logged out.
export function forget() {
	waiting.length = 0;
	document.querySelector("dialog.match")?.close();
}

export function celebrate(me, person, seeFriends) {
	waiting.push({me, person, seeFriends});
	if (open) return;
	open = true;
	next();
}

function next() {
	if (waiting.length && busy()) {
		setTimeout(next, 500);
		return;
	}
	const turn = waiting.shift();
	open = Boolean(turn);
	if (!turn) return;
	const name = turn.person.nickname ?? t("someone");
	const before = document.activeElement;
	const dialog = h("dialog.match", {"aria-labelledby": "match-title", "aria-describedby": "match-text"});
	const close = h("button.primary", {type: "button", onclick: () => dialog.close()}, t("keepSwiping"));
	show(dialog, calm() ? null : hearts(),
		h("h2", {id: "match-title"}, t("match")),
		h("div.pair", {"aria-hidden": "true"}, h("div.disc", null, picture(turn.me)), h("div.disc", null, picture(turn.person))),
		h("p", {id: "match-text"}, t("matchText", {name})), close,
		h("button.plain", {
			type: "button",
			onclick() {
				waiting.length = 0;
				dialog.close();
				turn.seeFriends();
			},
		}, t("seeFriends")));
	dialog.addEventListener("close", () => {
		dialog.remove();
		if (before?.isConnected) before.focus();
		next();
	});
	document.body.append(dialog);
	dialog.showModal();
	close.focus();
	say(`${t("match")} ${t("matchText", {name})}`, true);
}

function hearts() {
	const sky = h("div.hearts", {"aria-hidden": "true"});
	for (let i = 0; i < 14; i++) {
		const heart = h("span", null, "♥");
		heart.style.left = `${(i * 37) % 100}%`;
		heart.style.animationDelay = `${(i % 7) * 0.18}s`;
		heart.style.fontSize = `${14 + (i % 4) * 8}px`;
		sky.append(heart);
	}
	return sky;
}
