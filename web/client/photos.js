// Pictures on their way, and the row of photos that the user shows.

import {call, insist, newKey, wait} from "./api.js";
import {h, icon, show} from "./dom.js";
import {explain, t} from "./i18n.js";

const most = 9;
export const kinds = "image/jpeg,image/png,image/webp";

// sendPicture sends a file and follows the work on it to its end, or until the
// view is left: what is on its way then still arrives. note hears how far it is.
export async function sendPicture(method, path, file, left, note) {
	note(t("sendingPicture"));
	const {task_id: id} = await insist(method, path, {file, key: method === "POST" ? newKey() : null, until: left});
	for (;;) {
		const task = await insist("GET", `/v1/tasks/${id}`, {signal: left});
		if (task.state === "failed") throw Object.assign(new Error(task.error), {code: "image_invalid"});
		if (task.state === "done") return task.result;
		note(t("workingPicture", {n: task.progress}));
		await wait(500, left);
	}
}

// photoRow shows the photos until the view is left; changed is called when the
// first may be another.
export function photoRow(left, changed) {
	const list = h("ul.photos");
	const told = h("p.hint", {id: "photos-told", role: "status"}, t("photosHint", {n: most}));
	const chosen = h("input", {id: "photo-file", type: "file", accept: kinds, "aria-describedby": "photos-told", onchange: () => {
		const [file] = chosen.files;
		if (file) attempt(() => sendPicture("POST", "/v1/me/photos", file, left, (text) => (told.textContent = text)));
	}});
	const view = h("fieldset.field", null, h("legend", null, t("photos")), list, h("label", {for: "photo-file"}, t("addPhoto")), chosen, told);

	async function attempt(work) {
		view.disabled = true;
		told.classList.remove("bad");
		try {
			const done = await work();
			const refused = done?.state === "rejected";
			told.classList.toggle("bad", refused);
			told.textContent = refused ? t("pictureRejected") : t("photosHint", {n: most});
			await read();
			await changed();
		} catch (err) {
			told.classList.add("bad");
			told.textContent = explain(err);
		} finally {
			view.disabled = false;
			chosen.value = "";
		}
	}

	const button = (name, label, work) => h("button.round.small", {type: "button", "aria-label": label, title: label, onclick: () => attempt(work)}, icon(name));

	async function read() {
		const {photos} = await call("GET", "/v1/me/photos");
		const first = (id) => [id, ...photos.map((p) => p.photo_id).filter((other) => other !== id)];
		show(list, photos.map((p, i) => h("li", null,
			h("img", {src: p.small_url, alt: t(p.state === "pending" ? "photoPending" : "photoNumber", {n: i + 1}), draggable: "false"}),
			i === 0 ? null : button("star", t("makeMain", {n: i + 1}), () => call("PUT", "/v1/me/photos", {body: {photo_ids: first(p.photo_id)}})),
			button("cross", t("removePhoto", {n: i + 1}), () => call("DELETE", `/v1/me/photos/${p.photo_id}`)))));
	}
	read().catch((err) => (told.textContent = explain(err)));
	return view;
}
