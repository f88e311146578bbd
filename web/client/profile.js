// The user's own profile: to begin with, and to change later.

import {call} from "./api.js";
import {h, show, toast} from "./dom.js";
import {explain, isChinese, t} from "./i18n.js";
import {kinds, photoRow, sendPicture} from "./photos.js";
import {picture} from "./portrait.js";

const demo = "demo" in document.documentElement.dataset;
const places = (document.documentElement.dataset.places ?? "").split(",").filter(Boolean);
const names = {zh: ["小满", "阿树", "橘子", "晚星", "豆豆"], en: ["Robin", "Sasha", "Kim", "Alex", "Mika"]};

const yearsAgo = (n) => {
	const day = new Date();
	day.setFullYear(day.getFullYear() - n);
	return [day.getFullYear(), String(day.getMonth() + 1).padStart(2, "0"), String(day.getDate()).padStart(2, "0")].join("-");
};

// proposal is what a newcomer to a demonstration need not type.
function proposal(me) {
	if (!demo) return {};
	const list = names[isChinese() ? "zh" : "en"];
	return {nickname: list[me.user_id % list.length], birthday: yearsAgo(25), location: places[0], dating_sex: "any", min_dating_age: 18, max_dating_age: 45};
}

export function profileView(main, app, first = false) {
	const {me, typed} = app;
	const suggested = first ? proposal(me) : {};
	const value = (name) => typed[name] ?? me[name] ?? suggested[name] ?? "";
	const failures = new Map();

	function field(name, label, input, hint) {
		const failure = h("p.failure", {id: `${name}-failure`, role: "alert"});
		failures.set(name, failure);
		input.id = name;
		input.name = name;
		input.value = value(name);
		input.setAttribute("aria-describedby", `${name}-failure${hint ? ` ${name}-hint` : ""}`);
		input.addEventListener("input", () => (typed[name] = input.value));
		return h("div.field", null, h("label", {for: name}, label), input, hint ? h("p.hint", {id: `${name}-hint`}, hint) : null, failure);
	}

	function choice(name, label, options) {
		const failure = h("p.failure", {id: `${name}-failure`, role: "alert"});
		failures.set(name, failure);
		return h("fieldset.field", {"aria-describedby": `${name}-failure`}, h("legend", null, label), h("div.choice", null, options.map((o) => h("label", null,
			h("input", {type: "radio", name, value: o, checked: value(name) === o, onchange: () => (typed[name] = o)}), h("span", null, t(o))))), failure);
	}

	const number = (name, label) => {
		const input = h("input", {id: name, name, type: "number", inputmode: "numeric", min: 18, max: 120, "aria-label": `${t("ages")} ${label}`, value: value(name)});
		input.addEventListener("input", () => (typed[name] = input.value));
		return input;
	};
	const ageFailure = h("p.failure", {role: "alert"});
	failures.set("min_dating_age", ageFailure);
	failures.set("max_dating_age", ageFailure);

	const portrait = h("div.disc.large", {id: "my-picture", role: "img", "aria-label": t("myPicture")}, picture(me));
	const told = h("p.hint", {id: "picture-told", role: "status"}, t("pictureHint"));
	const chosen = h("input", {id: "picture-file", type: "file", accept: kinds, "aria-describedby": "picture-told", onchange: () => send(chosen.files[0])});

	const left = new AbortController(); // this view

	async function refresh() {
		const now = await call("GET", "/v1/me");
		if (left.signal.aborted) return;
		app.me = now;
		show(portrait, picture(now));
	}

	async function send(file) {
		if (!file) return;
		chosen.disabled = true;
		told.classList.remove("bad");
		try {
			const {state} = await sendPicture("PUT", "/v1/me/avatar", file, left.signal, (text) => (told.textContent = text));
			await refresh();
			told.classList.toggle("bad", state === "rejected");
			told.textContent = t({pending: "picturePending", rejected: "pictureRejected"}[state] ?? "pictureDone");
		} catch (err) {
			told.classList.add("bad");
			told.textContent = explain(err);
		} finally {
			chosen.disabled = false;
			chosen.value = "";
		}
	}

	const save = h("button.primary", {type: "submit"}, t(first ? "start" : "save"));
	const form = h("form.profile", {novalidate: true, onsubmit: submit},
		h("div.portrait-row", null, portrait, first ? h("p", null, t("completeHint")) : h("p.phone-number", null, me.phone ?? "")),
		h("div.field", null, h("label", {for: "picture-file"}, t("choosePicture")), chosen, told),
		field("nickname", t("nickname"), h("input", {type: "text", maxlength: 30, autocomplete: "nickname"})),
		choice("sex", t("sex"), ["female", "male", "other"]),
		field("birthday", t("birthday"), h("input", {type: "date", max: yearsAgo(18), autocomplete: "bday"})),
		field("location", t("location"), h("input", {type: "text", maxlength: 50, list: places.length ? "places" : null}), t("locationHint")),
		places.length ? h("datalist", {id: "places"}, places.map((p) => h("option", {value: p}))) : null,
		choice("dating_sex", t("datingSex"), ["female", "male", "other", "any"]),
		h("fieldset.field", null, h("legend", null, t("ages")), h("div.ages", null, number("min_dating_age", t("from")), h("span", {"aria-hidden": "true"}, "–"), number("max_dating_age", t("to"))), ageFailure),
		first ? null : photoRow(left.signal, refresh),
		first ? null : field("bio", t("bio"), h("textarea", {rows: 3, maxlength: 500})),
		save);

	async function submit(e) {
		e.preventDefault();
		for (const f of failures.values()) f.textContent = "";
		const data = new FormData(form);
		const patch = {};
		for (const name of ["nickname", "sex", "birthday", "location", "dating_sex", "bio"]) {
			const v = data.get(name);
			if (v !== null && (v !== "" || name === "bio") && v !== (me[name] ?? "")) patch[name] = v;
		}
		for (const name of ["min_dating_age", "max_dating_age"]) {
			const n = Number(data.get(name));
			if (data.get(name) && n !== me[name]) patch[name] = n;
		}
		const empty = ["nickname", "sex", "birthday", "location", "dating_sex", "min_dating_age", "max_dating_age"].find((name) => !data.get(name));
		if (empty) return refuse(empty, t("choose"));
		save.disabled = true;
		try {
			app.me = Object.keys(patch).length ? await call("PATCH", "/v1/me", {body: patch}) : app.me;
			for (const name of Object.keys(typed)) delete typed[name];
			if (patch.sex || patch.location || patch.dating_sex || patch.birthday || patch.min_dating_age || patch.max_dating_age) {
				app.deck?.renew(); // others are dealt now
			}
			if (!first) toast(t("saved"));
			app.go(first ? "deck" : "me");
		} catch (err) {
			const where = err.faults?.[0]?.location?.replace("body.", "") ?? "";
			if (failures.has(where)) refuse(where, isChinese() ? explain(err) : err.faults[0].message) // the server speaks English;
			else app.report(err);
		} finally {
			save.disabled = false;
		}
	}

	function refuse(name, text) {
		failures.get(name).textContent = text;
		form.querySelector(`[name="${name}"]`)?.focus();
	}

	const quotas = h("div.quotas");
	async function count() {
		const all = await call("GET", "/v1/quotas");
		const of = ({limit, used}) => (limit === null ? t("unlimited") : t("leftOf", {n: Math.max(limit - used, 0), limit}));
		show(quotas, h("h2", null, t("quotas")), h("dl", null, ["rewind", "like", "superlike"].map((a) => h("div", null, h("dt", null, t(a)), h("dd", null, of(all[a]))))));
	}

	show(main, h("div.scroll", null, first ? null : quotas, form,
		h("div.row.foot", null, h("button.plain.bad", {type: "button", onclick: () => app.leave()}, t("logout")), h("a", {href: "/docs"}, t("apiDocs")))));
	if (!first) {
		count().catch(() => quotas.remove());
		refresh().catch(() => {}); // a picture may have come since it was left
	}
	return {leave: () => left.abort()};
}
