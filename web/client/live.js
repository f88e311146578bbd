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

const SILENCE = 15000; // beyond the time between pings: the connection is dead

// pushing is the transport over a WebSocket, in the protocol of centrifuge. While
// there is no connection it polls, and seldom while there is one. token() gives
// the access token to connect with; heard(kind) is told of each push.
export function pushing({token, heard, url = new URL("/v1/realtime", location.href.replace(/^http/, "ws"))}) {
	let hint, socket, poll, retry, dead, renew, stopped = false, pause = 1000, count = 0;

	function every(...times) {
		poll?.stop();
		poll = polling(...times);
		poll.start(hint);
	}

	async function open() {
		retry = undefined;
		const first = await token().catch(() => null);
		if (stopped) return;
		if (!first) return again();
		const here = socket = new WebSocket(url);
		const say = (command) => here.readyState === WebSocket.OPEN && here.send(JSON.stringify({id: ++count, ...command}));
		let silence = 30000;
		const alive = () => {
			clearTimeout(dead);
			dead = setTimeout(() => here.close(), silence);
		};
		const refreshIn = (seconds) => {
			clearTimeout(renew);
			// Timers hold no more than 24 days.
			if (seconds) renew = setTimeout(() => token(seconds).then((next) => say({refresh: {token: next}}), () => {}), Math.min(seconds * 800, 2 ** 30));
		};
		alive();
		here.onopen = () => say({connect: {token: first}});
		here.onmessage = ({data}) => {
			if (here !== socket) return;
			alive();
			for (const line of data.split("\n")) {
				const reply = JSON.parse(line || "null");
				if (!reply) continue;
				if (reply.connect) {
					pause = 1000;
					silence = (reply.connect.ping ?? 25) * 1000 + SILENCE;
					refreshIn(reply.connect.ttl);
					every(30000, 30000);
					hint(); // what happened before it
				} else if (reply.refresh) refreshIn(reply.refresh.ttl);
				else if (reply.push?.pub) {
					heard(reply.push.pub.data.kind);
					if (reply.push.pub.data.id) hint();
				} else if (reply.error) here.close();
				else if (line === "{}") here.send("{}");
			}
		};
		here.onclose = ({code}) => {
			if (here !== socket || stopped) return;
			clearTimeout(dead);
			clearTimeout(renew);
			every();
			hint(); // tells whether the session has ended
			if (code < 4500) again(); // else another tab has taken the place
		};
	}

	function again() {
		retry = setTimeout(open, pause * (0.75 + Math.random() / 2));
		pause = Math.min(pause * 2, 30000);
	}

	return {
		start(f) {
			hint = f;
			every();
			open();
		},
		stop() {
			stopped = true;
			for (const timer of [retry, dead, renew]) clearTimeout(timer);
			poll.stop();
			socket?.close();
		},
	};
}

// follow hands every event after the cursor to on.events(events, past), once by
// id and in order; past is true for what had happened before the first look ended.
// The page after them is read when on.events is done.
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
			if (fresh.length) await on.events(fresh, past);
			if (stopped) return;
			on.cursor(after); // of what has been shown: a page that is closed meanwhile shows it again
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
