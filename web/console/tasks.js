// Durable work: what waits, what runs, what failed.

import {get, post} from "./api.js";
import {ask, h, section, table, toast, when} from "./dom.js";

const states = ["", "queued", "running", "retrying", "failed", "done"];
const looks = {failed: "bad", retrying: "warn", running: "good", done: "plain", queued: "plain"};

export async function tasksView(app, el, [state = ""]) {
	const counts = h("div"), list = h("div"), more = h("button", {type: "button"}, "Show older ones");
	let pages = 1;
	async function refresh() {
		counts.replaceChildren(table("Tasks by kind", [
			["Kind", (k) => k.kind],
			["Queued", (k) => k.queued, "number"],
			["Running", (k) => k.running, "number"],
			["Retrying", (k) => k.retrying, "number"],
			["Failed", (k) => k.failed, "number"],
		], (await get("/admin/tasks/counts")).kinds, "Nothing waits, and nothing has failed."));
		const rows = [];
		let before = "", next = null;
		for (let i = 0; i < pages; i++) {
			const page = await get(`/admin/tasks?limit=50${state ? `&state=${state}` : ""}${before}`);
			rows.push(...page.tasks);
			next = page.next;
			if (next === null) break;
			before = `&before=${next}`;
		}
		more.hidden = next === null;
		const act = async (t, verb, button) => {
			button.disabled = true;
			try {
				await post(`/admin/tasks/${t.task_id}/${verb}`);
				toast(verb === "retry" ? "The task is queued again." : "The task is cancelled.");
				await refresh();
			} catch (err) {
				button.disabled = false;
				app.report(err);
			}
		};
		list.replaceChildren(table("Tasks", [
			["Task", (t) => h("code", {title: t.task_id}, t.task_id.slice(0, 8))],
			["Kind", (t) => t.kind],
			["State", (t) => h(`span.tag.${looks[t.state] ?? "plain"}`, null, t.state)],
			["Of", (t) => (t.user_id ? h("a", {href: `#/user/${t.user_id}`}, `user ${t.user_id}`) : "the house")],
			["Attempts", (t) => t.attempts, "number"],
			["Done", (t) => `${t.progress} %`, "number"],
			["Made", (t) => when(t.created_at)],
			["Ended", (t) => when(t.ended_at)],
			["Latest error", (t) => t.error || "–", "long"],
			...(app.may() ? [["", (t) => [
				t.retryable && h("button", {type: "button", "aria-label": `Retry ${t.kind} ${t.task_id.slice(0, 8)}`, onclick: (e) => act(t, "retry", e.target)}, "Retry"),
				!t.ended_at && h("button", {
					type: "button", "aria-label": `Cancel ${t.kind} ${t.task_id.slice(0, 8)}`,
					onclick: async (e) => (await ask(`Cancel this ${t.kind}? It ends as failed.`, "Cancel the task")) && act(t, "cancel", e.target),
				}, "Cancel"),
			]]] : []),
		], rows, state ? `No task is ${state}.` : "There are no tasks."));
	}
	more.addEventListener("click", () => {
		pages++;
		refresh().catch(app.report);
	});
	await refresh();
	el.append(
		section("How much waits", counts),
		h("h2", null, "One by one"),
		h("nav.filter", {"aria-label": "States"}, states.map((name) =>
			h("a", {href: `#/tasks/${name}`, "aria-current": name === state ? "true" : null}, name || "all"))),
		h("p.note", null, "Failed tasks are kept for two weeks. Mend the cause, then retry. The queue itself is at ", h("a", {href: "/queue/"}, "/queue"), "."),
		list, more);
	return {refresh, every: 10};
}
