// Keeps up with what happens to the user. GET /v1/events is the truth: `next` of
// one answer is the only cursor, ids name events for ever. A transport says when
// there may be something new; it may be wrong, late or silent, and nothing is lost.

// polling is the transport that asks every so often, seldom while nobody looks.
export function polling(every = 2000, hidden = 10000) {
	let timer;
	return {
		start(hint) {
			const turn = () => {
				hint();
				timer = setTimeout(turn, document.hidden ? hidden : every);
			};
			timer = setTimeout(turn, every);
		},
		stop() {
			clearTimeout(timer);
		},
	};
}

// follow hands every event after the cursor to on.events(events, past), once by
// id and in order; past is true for what had happened before the first look ended.
// read(after) gives a page of /v1/events; on.cursor(next) is told what to begin
// with another time; on.error(err) of each failure.
export function follow({read, transport, after, on}) {
	const seen = new Set();
	let past = after === "0", running = null, asked = false, stopped = false, pause = 0, retry;

	async function catchUp() {
		do {
			asked = false;
			const page = await read(after);
			if (stopped) return;
			pause = 0;
			const fresh = page.events.filter((e) => !seen.has(e.id));
			for (const e of fresh) seen.add(e.id);
			after = page.next;
			on.cursor(after);
			if (fresh.length) on.events(fresh, past);
			if (page.events.length) asked = true; // there may be more
			else past = false;
		} while (asked && !stopped);
	}

	function hint() {
		asked = true;
		if (running || stopped || retry) return;
		running = catchUp()
			.catch((err) => {
				if (stopped) return;
				on.error(err);
				pause = Math.min(Math.max(pause * 2, 1000), 15000);
				retry = setTimeout(() => {
					retry = undefined;
					hint();
				}, pause * (0.75 + Math.random() / 2));
			})
			.finally(() => (running = null));
	}

	// now is for when there is reason to believe that the server can be reached again.
	function now() {
		clearTimeout(retry);
		retry = undefined;
		hint();
	}
	const awake = () => document.hidden || now();
	addEventListener("online", now);
	document.addEventListener("visibilitychange", awake);
	transport.start(hint);
	hint();
	return {
		now,
		stop() {
			stopped = true;
			clearTimeout(retry);
			transport.stop();
			removeEventListener("online", now);
			document.removeEventListener("visibilitychange", awake);
		},
	};
}
