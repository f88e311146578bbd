// Makes the reference from the served OpenAPI document, and the examples for
// the server that serves this page.

const h = (tag, props, ...children) => {
	const [name, ...classes] = tag.split(".");
	const el = document.createElement(name);
	if (classes.length) el.className = classes.join(" ");
	for (const [k, v] of Object.entries(props ?? {})) {
		if (k.startsWith("on")) el.addEventListener(k.slice(2), v);
		else if (v !== null && v !== undefined && v !== false) el.setAttribute(k, v === true ? "" : v);
	}
	el.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
	return el;
};

const here = location.origin;
const json = `-H 'Content-Type: application/json'`;
const bearer = `-H "Authorization: Bearer $TOKEN"`;

// The setup lines need no tool but curl and grep.
const setup = (demo) => [
	`curl -s ${json} -d '{"phone":"13900000001"}' ${here}/v1/auth/code`,
	demo ? `CODE=$(curl -s '${here}/demo/inbox?phone=13900000001' | grep -o '"code":"[0-9]*"' | head -n 1 | grep -o '[0-9]*')` : `CODE=123456`,
	`GRANT=$(curl -s ${json} -d '{"phone":"13900000001","code":"'$CODE'"}' ${here}/v1/auth/login)`,
	`TOKEN=$(echo "$GRANT" | grep -o '"access_token":"[^"]*"' | cut -d '"' -f 4)`,
	`REFRESH=$(echo "$GRANT" | grep -o '"refresh_token":"[^"]*"' | cut -d '"' -f 4)`,
].join("\n");

// What stands in examples, by name; else the schema tells.
const samples = {
	phone: "13900000001", code: "'$CODE'", refresh_token: "'$REFRESH'", user_id: 2, nickname: "Robin", birthday: "1998-04-02", location: "上海", bio: "Hello!",
	sex: "female", dating_sex: "any", min_dating_age: 20, max_dating_age: 40, limit: 5, after: "0", task_id: "1", upload_id: "1", export_id: "1",
};

let spec;

const resolve = (schema) => (schema?.$ref ? resolve(schema.$ref.split("/").slice(1).reduce((at, key) => at[key], spec)) : schema ?? {});

function sample(name, raw) {
	const schema = resolve(raw);
	if (name in samples) return samples[name];
	if (schema.example !== undefined) return schema.example;
	if (schema.examples?.length) return schema.examples[0];
	if (schema.enum) return schema.enum.find((v) => v !== null);
	const type = [schema.type].flat().find((one) => one !== "null");
	switch (type) {
		case "object": return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([key, value]) => [key, sample(key, value)]));
		case "array": return [sample("", schema.items)];
		case "integer": case "number": return schema.minimum ?? 1;
		case "boolean": return true;
		default: return "…";
	}
}

// quote makes one word of the shell; '$NAME' in it stays a variable.
const quote = (text) => (/^[\w./:?=-]+$/.test(text) ? text : `'${text}'`);

function curl(method, path, op) {
	const parts = ["curl -s"];
	if (method !== "get" && method !== "post") parts.push(`-X ${method.toUpperCase()}`);
	if (op.security?.length) parts.push(bearer);
	const parameters = op.parameters ?? [];
	let at = path.replace(/\{(\w+)\}/g, (_, name) => sample(name, parameters.find((p) => p.name === name)?.schema ?? {}));
	const query = parameters.filter((p) => p.in === "query" && (p.required || p.name in samples) && p.name !== "cursor");
	if (query.length) at += "?" + query.map((p) => `${p.name}=${encodeURIComponent(sample(p.name, p.schema))}`).join("&");
	const content = op.requestBody?.required ? Object.entries(op.requestBody.content)[0] : undefined; // what may be left out, is
	if (content?.[0] === "application/json") parts.push(json, `-d '${JSON.stringify(sample("", content[1].schema))}'`);
	else if (content) parts.push(`-H 'Content-Type: ${content[0]}'`, "--data-binary @picture.jpg");
	else if (method === "post") parts.push("-X POST");
	parts.push(quote(here + at));
	return parts.join(" ");
}

const range = (low, high) => (high === undefined ? `at least ${low}` : low === undefined ? `at most ${high}` : `${low}–${high}`);

function typeOf(raw) {
	const schema = resolve(raw);
	const types = [schema.type ?? "any"].flat();
	const bounds = [];
	if (schema.minimum !== undefined || schema.maximum !== undefined) bounds.push(range(schema.minimum, schema.maximum));
	if (schema.minLength !== undefined || schema.maxLength !== undefined) bounds.push(`${range(schema.minLength, schema.maxLength)} characters`);
	if (schema.pattern) bounds.push(schema.pattern);
	if (schema.default !== undefined) bounds.push(`default ${schema.default}`);
	const name = schema.enum ? schema.enum.map((v) => String(v)).join(" | ")
		: types.map((one) => (one === "array" ? `list of ${typeOf(schema.items)}` : one === "integer" || !schema.format ? one : schema.format)).join(" or ");
	return [name, ...bounds].join(", ");
}

// fields lists what an object holds; of what is sent, what must be there.
function fields(raw, sent = false, depth = 0) {
	const schema = resolve(raw);
	if ([schema.type].flat().includes("array")) return fields(schema.items, sent, depth);
	const entries = Object.entries(schema.properties ?? {}).filter(([name]) => name !== "$schema");
	if (!entries.length || depth > 3) return null;
	return h("ul.fields", null, entries.map(([name, property]) => h("li", null, h("code", null, name), " ", h("span.type", null, typeOf(property)),
		sent && schema.required?.includes(name) ? [" ", h("span.must", null, "required")] : null,
		resolve(property).description ? h("span.doc", null, resolve(property).description) : null, fields(property, sent, depth + 1))));
}

function parameters(op) {
	const list = op.parameters ?? [];
	if (!list.length) return null;
	return [h("h4", null, "Parameters"), h("ul.fields", null, list.map((p) => h("li", null, h("code", null, p.name), " ", h("span.type", null, `in ${p.in}, ${typeOf(p.schema)}`),
		p.required ? [" ", h("span.must", null, "required")] : null, p.description || p.schema?.description ? h("span.doc", null, p.description || p.schema.description) : null)))];
}

function answers(op) {
	const good = [], bad = [];
	for (const [status, answer] of Object.entries(op.responses ?? {})) {
		if (status >= "400" || status === "default") {
			const names = (answer.description ?? "").split(": ")[1]?.split(", ") ?? [];
			bad.push(h("li", null, `${status}: `, names.map((name, i) => [i ? ", " : "", h("a", {href: `/docs/errors#${name}`}, name)])));
			continue;
		}
		const content = Object.values(answer.content ?? {})[0];
		good.push(h("h4", null, `Answer ${status}`), content ? fields(content.schema) : h("p.codes", null, "Without a body."));
	}
	return [good, bad.length ? h("details", null, h("summary", null, "Refusals"), h("ul.codes", null, bad)) : null];
}

function operation(method, path, op) {
	const body = Object.values(op.requestBody?.content ?? {})[0];
	return h("article.operation", {id: op.operationId, "aria-labelledby": `${op.operationId}-title`},
		h("div.title", null, h("h3", {id: `${op.operationId}-title`}, h("span", {class: `method ${method}`}, method.toUpperCase()), " ", h("span.path", null, path)), h("span.summary", null, op.summary ?? "")),
		op.description && op.description !== op.summary ? h("p", null, op.description) : null,
		op.security?.length ? null : h("p.codes", null, "Needs no token."),
		parameters(op), body ? [h("h4", null, "Body"), fields(body.schema, true)] : null, answers(op), h("h4", null, "Example"), example(h("pre.example", {tabindex: 0}), curl(method, path, op)));
}

// example fills a box with text that can be copied.
function example(pre, text) {
	const button = h("button.copy", {
		type: "button",
		async onclick() {
			try {
				await navigator.clipboard.writeText(text);
				button.textContent = "Copied";
			} catch {
				getSelection().selectAllChildren(pre.firstChild); // no clipboard without HTTPS: it can be copied by hand
			}
			setTimeout(() => (button.textContent = "Copy"), 1500);
		},
	}, "Copy");
	pre.replaceChildren(h("span", {"data-command": true}, text));
	if (text.startsWith("curl")) pre.append(button);
	return pre;
}

const order = ["auth", "me", "deck", "swipes", "quotas", "likes", "friends", "events"];
const titles = {auth: "Coming in", me: "My profile", deck: "Deck", swipes: "Swipes", quotas: "What is left today", likes: "Who likes me", friends: "Friends", events: "Events", demo: "Demonstrations", uploads: "Uploads", tasks: "Tasks", hooks: "Callbacks", realtime: "Live", hot: "Most liked"};

async function reference(into) {
	const response = await fetch("/openapi.json");
	spec = await response.json();
	const groups = new Map(order.map((name) => [name, []]));
	for (const [path, methods] of Object.entries(spec.paths)) {
		for (const [method, op] of Object.entries(methods)) {
			if (!op.responses) continue;
			const name = op.tags?.[0] ?? path.split("/").filter((part) => part && part !== "v1")[0];
			if (!groups.has(name)) groups.set(name, []);
			groups.get(name).push([method, path, op]);
		}
	}
	const contents = document.getElementById("contents");
	into.replaceChildren();
	for (const [name, list] of groups) {
		if (!list.length) continue;
		list.sort((a, b) => a[1].localeCompare(b[1]));
		into.append(h("h2", {id: `about-${name}`}, titles[name] ?? name), ...list.map((one) => operation(...one)));
		contents.append(h("p", null, titles[name] ?? name), ...list.map(([method, path, op]) => h("a", {href: `#${op.operationId}`}, h("span", {class: `method ${method}`}, method.toUpperCase()), " ", path.replace("/v1", ""))));
	}
	if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

for (const pre of document.querySelectorAll("[data-setup]")) example(pre, setup("demo" in pre.dataset));
for (const pre of document.querySelectorAll("[data-path]")) example(pre, ["curl -s", bearer, pre.dataset.curl, quote(here + pre.dataset.path)].filter(Boolean).join(" "));
const into = document.getElementById("operations");
if (into) {
	reference(into).catch(() => into.replaceChildren(h("p", {role: "alert"}, "The document could not be read. ", h("a", {href: "/openapi.json"}, "/openapi.json"))));
}
