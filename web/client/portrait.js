// Draws people who have no picture: the same person always looks the same. No
// photograph is behind any of them.

import {s} from "./dom.js";

// dice gives numbers that depend on the id alone (mulberry32).
function dice(id) {
	let a = Math.imul(Number(id) ^ 0x5f3759df, 0x9e3779b1) ^ Math.floor(Number(id) / 4294967296);
	const next = () => {
		a = (a + 0x6d2b79f5) | 0;
		let x = Math.imul(a ^ (a >>> 15), 1 | a);
		x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
		return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
	};
	next();
	return {
		next,
		of: (list) => list[Math.floor(next() * list.length)],
		chance: (percent) => next() * 100 < percent,
		between: (low, high) => low + next() * (high - low),
	};
}

const skins = [["#ffe0cc", "#f2b99a"], ["#fcd5b8", "#eaad87"], ["#f6c8a2", "#de9f74"], ["#f9d9bd", "#e6b08c"], ["#e8b48a", "#c98c62"], ["#c98f66", "#a66c47"], ["#8d5a3c", "#6d4029"]];
const hairs = ["#1d1a20", "#231c1c", "#2e211d", "#3d2a21", "#1b1b26", "#4b3124", "#6a432c", "#8a5a34", "#2a2030"];
const dyed = ["#b5763f", "#c9a26b", "#a6485a", "#5c6b9c", "#8f5fa8", "#d98aa0"];
const greys = ["#9a979b", "#c6c3c4", "#77747a"];
const cloths = [["#e4572e", "#b93f1c"], ["#2e86ab", "#1f6686"], ["#f2f0ea", "#d5d0c4"], ["#26313f", "#161e28"], ["#f6ae2d", "#d48f12"], ["#5b8e7d", "#436d5f"], ["#8e4a7d", "#6c345e"], ["#d7806f", "#b86353"], ["#3b5f8a", "#2a466a"], ["#efc4ce", "#d69bab"]];
const scenes = [["#ffd9c7", "#ffb59a", "#ff8f7a"], ["#cfe8f5", "#a3cfe8", "#6fb1d6"], ["#fbe7b8", "#f7cf7d", "#eeb04f"], ["#d9ecd2", "#afd6a6", "#7fb87c"], ["#e7dbf5", "#c6b0e6", "#9f84d1"], ["#fbd6e0", "#f3a8bd", "#e27d9b"], ["#d3ece8", "#9ed4cc", "#62b3a9"], ["#2f3a5f", "#46558a", "#e8c170"]];

const path = (d, fill, more) => s("path", {d, fill, ...more});
const round = (cx, cy, r, fill, more) => s("circle", {cx, cy, r, fill, ...more});
const oval = (cx, cy, rx, ry, fill, more) => s("ellipse", {cx, cy, rx, ry, fill, ...more});
const line = (d, stroke, width, more) => s("path", {d, stroke, "stroke-width": width, fill: "none", "stroke-linecap": "round", "stroke-linejoin": "round", ...more});

function backdrop(r) {
	const [sky, middle, near] = r.of(scenes);
	const out = [s("rect", {width: 320, height: 400, fill: sky})];
	switch (Math.floor(r.next() * 5)) {
		case 0: // hills and a sun
			out.push(round(r.between(50, 270), r.between(60, 110), 42, "#fff6", {opacity: 0.75}),
				path("M0 260C60 200 110 220 160 250S270 210 320 240V400H0Z", middle), path("M0 310C70 270 130 300 190 290S280 280 320 300V400H0Z", near));
			break;
		case 1: // lights
			for (let i = 0; i < 16; i++) out.push(round(r.between(0, 320), r.between(0, 330), r.between(10, 44), r.of([middle, near, "#fff"]), {opacity: r.between(0.18, 0.5)}));
			break;
		case 2: // an arch
			out.push(path("M40 400V170a120 120 0 0 1 240 0v230Z", middle), path("M74 400V176a86 86 0 0 1 172 0v224Z", near, {opacity: 0.55}));
			break;
		case 3: // a town
			for (let x = -10; x < 320; x += 38) {
				const top = r.between(120, 230);
				out.push(s("rect", {x, y: top, width: 34, height: 400 - top, rx: 3, fill: r.of([middle, near]), opacity: 0.8}));
				for (let y = top + 12; y < 300; y += 20) if (r.chance(55)) out.push(s("rect", {x: x + r.of([6, 20]), y, width: 8, height: 9, fill: "#fff", opacity: 0.45}));
			}
			break;
		default: // leaves
			out.push(round(160, 185, 150, middle, {opacity: 0.7}));
			for (const [x, y, turn] of [[30, 330, -28], [62, 372, -8], [290, 330, 28], [258, 372, 8], [18, 260, -50], [302, 260, 50]]) {
				out.push(path("M0 0C-26 -30 -22 -84 0 -116C22 -84 26 -30 0 0Z", near, {transform: `translate(${x} ${y}) rotate(${turn})`}),
					line("M0 -4V-100", middle, 2.5, {transform: `translate(${x} ${y}) rotate(${turn})`}));
			}
	}
	return out;
}

// What is behind the head.
const behind = {
	none: () => [],
	long: (c) => [path("M86 186C80 106 114 72 160 72S240 106 234 186L246 344C226 356 206 352 196 338H124C114 352 94 356 74 344Z", c)],
	wavy: (c) => [path("M88 180C78 106 116 70 160 70S242 106 232 180C252 206 232 226 246 250C262 282 240 300 248 330C228 350 204 346 194 326H126C116 346 92 350 72 330C80 300 58 282 74 250C88 226 68 206 88 180Z", c)],
	bob: (c) => [path("M84 184C78 106 116 72 160 72S242 106 236 184C240 222 238 246 230 260C208 270 198 256 192 242H128C122 256 112 270 90 260C82 246 80 222 84 184Z", c)],
	tail: (c) => [path("M204 96C262 84 282 150 264 214C258 244 262 262 270 276C240 276 226 246 232 210C236 176 230 140 204 126Z", c), round(212, 108, 9, "#d3314f")],
	bun: (c) => [round(160, 64, 29, c), path("M150 82h20v10h-20z", "#0003")],
	short: (c) => [path("M92 190C84 116 118 78 160 78S236 116 228 190L221 204H99Z", c)],
	curls: (c) => [[104, 120, 34], [132, 92, 36], [172, 84, 36], [208, 104, 36], [226, 142, 32], [94, 160, 30], [90, 198, 26], [230, 182, 30], [230, 214, 24], [92, 226, 22]].map(([x, y, size]) => round(x, y, size, c)),
};

// What falls over the forehead.
const before = {
	middle: (c) => [path("M160 92C112 82 88 122 91 192C92 204 99 204 101 194C106 160 132 130 160 112C188 130 214 160 219 194C221 204 228 204 229 192C232 122 208 82 160 92Z", c)],
	fringe: (c, shade) => [path("M91 196C84 120 116 80 160 80S236 120 229 196C222 192 220 178 219 166C203 158 186 161 160 161S117 158 101 166C100 178 98 192 91 196Z", c),
		line("M128 118C122 132 119 146 118 158M150 112C148 128 147 144 147 158M174 112C176 128 177 144 177 158M196 118C200 132 203 146 204 158", shade, 2, {opacity: 0.5})],
	side: (c) => [path("M93 184C84 118 118 78 164 80S236 116 228 190C223 184 221 168 217 152C188 150 150 140 130 116C124 140 106 152 101 170C99 178 96 184 93 184Z", c)],
	crop: (c) => [path("M95 176C86 112 122 78 160 78S234 112 225 176C220 168 219 152 214 140C196 126 178 131 160 131S124 126 106 140C101 152 100 168 95 176Z", c)],
	quiff: (c, shade) => [path("M95 172C90 134 98 112 111 104C106 80 140 60 178 66C212 70 236 96 226 134C226 150 225 162 225 172C219 162 217 150 214 138C198 124 170 130 148 121C128 122 112 130 106 142C102 154 100 164 95 172Z", c),
		line("M124 104C142 88 168 84 194 92", shade, 2.5, {opacity: 0.5})],
	buzz: (c) => [path("M97 162C92 112 126 86 160 86S228 112 223 162C218 138 204 120 160 120S102 138 97 162Z", c, {opacity: 0.88})],
	curtain: (c) => [path("M160 93C148 72 108 78 96 118C88 142 90 168 96 178C102 160 112 150 128 140C146 129 156 114 160 93C164 114 174 129 192 140C208 150 218 160 224 178C230 168 232 142 224 118C212 78 172 72 160 93Z", c)],
	curly: (c) => [[108, 132, 19], [122, 112, 21], [146, 101, 22], [172, 99, 22], [196, 109, 21], [212, 131, 19], [134, 122, 15], [184, 120, 15], [160, 115, 16]].map(([x, y, size]) => round(x, y, size, c)),
	bald: () => [],
};

const female = [["long", "middle"], ["long", "fringe"], ["wavy", "side"], ["wavy", "middle"], ["bob", "fringe"], ["bob", "side"], ["tail", "middle"], ["tail", "fringe"], ["bun", "fringe"], ["bun", "middle"], ["curls", "curly"], ["short", "side"], ["long", "side"]];
const male = [["none", "crop"], ["none", "quiff"], ["short", "curtain"], ["short", "fringe"], ["none", "side"], ["none", "buzz"], ["none", "curly"], ["curls", "curly"], ["none", "crop"], ["short", "side"]];

function clothes(r, skin, shade) {
	const [cloth, dark] = r.of(cloths);
	const [under] = r.of(cloths);
	const body = path("M34 400C36 338 84 318 128 304C140 322 180 322 192 304C236 318 284 338 286 400Z", cloth);
	switch (Math.floor(r.next() * 6)) {
		case 0: // a collar
			return [body, path("M128 300 160 342 138 366 108 312Z", dark), path("M192 300 160 342 182 366 212 312Z", dark), line("M160 342V400", dark, 3), round(160, 370, 3, "#fff9")];
		case 1: // a hood
			return [path("M92 330C92 290 120 280 128 292C140 320 180 320 192 292C200 280 228 290 228 330Z", dark), body, line("M140 318V360M180 318V356", "#fff", 3, {opacity: 0.8})];
		case 2: // up to the chin
			return [body, path("M128 282C140 296 180 296 192 282V312C180 326 140 326 128 312Z", dark)];
		case 3: // a jacket
			return [path("M34 400C36 338 84 318 128 304C140 322 180 322 192 304C236 318 284 338 286 400Z", under), path("M34 400C36 338 84 318 128 304L152 400Z", cloth), path("M286 400C284 338 236 318 192 304L168 400Z", cloth),
				path("M128 304 152 400 118 352 128 338 108 330Z", dark), path("M192 304 168 400 202 352 192 338 212 330Z", dark)];
		case 4: // stripes
			return [body, line("M50 356C110 344 210 344 270 356M40 382C110 370 210 370 280 382", dark, 7, {opacity: 0.7}), path("M126 303C140 330 180 330 194 303C180 314 140 314 126 303Z", skin)];
		default:
			return [body, path("M120 304C136 344 184 344 200 304C184 318 136 318 120 304Z", skin), line("M119 305C136 346 184 346 201 305", dark, 4), path("M128 300h64v8h-64z", shade, {opacity: 0})];
	}
}

function eyes(r, look) {
	const dark = "#2b2326";
	const at = [134, 186];
	switch (look) {
		case 0: // laughing
			return at.map((x) => line(`M${x - 11} 190C${x - 6} 181 ${x + 6} 181 ${x + 11} 190`, dark, 4));
		case 1: // plain
			return at.map((x) => [oval(x, 187, 5.5, 6.5, dark), round(x + 2, 184.5, 1.8, "#fff")]);
		default: { // open
			const iris = r.of(["#3b2a24", "#4a3324", "#2b2a33", "#5b4630"]);
			return at.map((x) => [path(`M${x - 13} 188C${x - 8} 178 ${x + 8} 178 ${x + 13} 188C${x + 8} 196 ${x - 8} 196 ${x - 13} 188Z`, "#fff"), round(x, 187, 6.4, iris), round(x, 187, 3, "#141014"), round(x + 2.2, 184.6, 1.7, "#fff"),
				line(`M${x - 14} 187C${x - 8} 177 ${x + 8} 177 ${x + 14} 187`, dark, 3)]);
		}
	}
}

function mouth(r, shade, lips) {
	switch (Math.floor(r.next() * 4)) {
		case 0: // laughing
			return [path("M138 226C146 230 174 230 182 226C180 246 140 246 138 226Z", "#8c2f39"), path("M142 228C150 231 170 231 178 228L176 234C168 236 152 236 144 234Z", "#fff")];
		case 1:
			return [line("M140 229C150 240 170 240 180 229", lips, 4.5)];
		case 2: // to one side
			return [line("M142 233C154 238 170 236 180 227", lips, 4.5)];
		default:
			return [path("M142 231C150 226 156 227 160 229C164 227 170 226 178 231C170 242 150 242 142 231Z", lips), line("M143 231C152 234 168 234 177 231", shade, 1.5, {opacity: 0.8})];
	}
}

function glasses(r) {
	const rim = r.of(["#2a2a30", "#7a4a2a", "#b08d3c"]);
	const shape = r.chance(50) ? (x) => round(x, 188, 19, "#fff2", {stroke: rim, "stroke-width": 3.5}) : (x) => s("rect", {x: x - 20, y: 173, width: 40, height: 31, rx: 9, fill: "#fff2", stroke: rim, "stroke-width": 3.5});
	return [shape(134), shape(186), line("M153 186C157 182 163 182 167 186M115 184 99 180M205 184 221 180", rim, 3.5)];
}

// portrait draws user id; sex and age, as far as known, guide the pencil.
export function portrait({user_id: id, sex, age}) {
	const r = dice(id);
	const scene = backdrop(r);
	const [skin, shade] = r.of(r.chance(80) ? skins.slice(0, 4) : skins);
	const old = (age ?? 25) > 46;
	const colour = old && r.chance(70) ? r.of(greys) : r.chance(sex === "male" ? 5 : 18) ? r.of(dyed) : r.of(hairs);
	const [back, front] = r.of(sex === "male" ? male : sex === "female" ? female : [...male, ...female]);
	const style = sex === "male" && old && r.chance(25) ? "bald" : front;
	const rear = style === "bald" ? "none" : back;
	const jaw = r.between(26, 40) + (sex === "male" ? 5 : 0);
	const chin = 262 + r.between(-3, 6);
	const brow = old ? "#6d666a" : colour === "#c9a26b" || dyed.includes(colour) ? "#4b3a33" : colour;
	const lips = sex === "male" ? shade : r.of(["#c94f5d", "#d4616b", "#b8434f", "#dd7a7f"]);
	const lift = r.between(-3, 3);
	const face = [
		oval(98, 194, 10, 15, skin), oval(222, 194, 10, 15, skin), oval(98, 195, 5, 9, shade, {opacity: 0.5}), oval(222, 195, 5, 9, shade, {opacity: 0.5}),
		path(`M98 178C98 120 124 94 160 94S222 120 222 178C222 226 ${160 + jaw} ${chin} 160 ${chin}S98 226 98 178Z`, skin),
		oval(122, 216, 14, 9, "#ff7d7d", {opacity: sex === "male" ? 0.14 : 0.28}), oval(198, 216, 14, 9, "#ff7d7d", {opacity: sex === "male" ? 0.14 : 0.28}),
	];
	const width = sex === "male" ? 5.5 : 3.8;
	const brows = line(`M120 ${169 + lift}C127 ${163 - lift} 140 ${163 - lift} 148 ${168 - lift}M172 ${168 - lift}C180 ${163 - lift} 193 ${163 - lift} 200 ${169 + lift}`, brow, width);
	const nose = r.chance(50) ? line("M160 190C158 200 153 207 156 211C158 213 163 213 166 211", shade, 3) : line("M153 211C157 215 163 215 167 211", shade, 3.4);
	const more = [];
	if (r.chance(10)) for (const [x, y] of [[128, 206], [136, 210], [122, 211], [184, 210], [192, 206], [198, 211]]) more.push(round(x, y, 1.6, shade));
	if (sex === "male" && (age ?? 20) > 23 && r.chance(style === "bald" ? 80 : 24)) {
		more.push(path(`M100 200C104 236 ${160 - jaw} ${chin + 4} 160 ${chin + 4}S216 236 220 200C212 218 200 220 188 218C172 214 148 214 132 218C120 220 108 218 100 200Z`, brow, {opacity: r.of([0.28, 0.9])}));
	}
	const after = [];
	if (old) after.push(line("M112 204C115 207 119 209 123 209M208 204C205 207 201 209 197 209M146 146C155 143 165 143 174 146", shade, 2, {opacity: 0.7}));
	if (sex !== "male" && r.chance(45)) after.push(...[97, 223].map((x) => round(x, 213, 4.2, r.of(["#f2c14e", "#fff", "#e06c75"]))));
	if (r.chance(old ? 40 : 20)) after.push(...glasses(r));
	return s("svg", {class: "portrait", viewBox: "0 0 320 400", preserveAspectRatio: "xMidYMin slice", "aria-hidden": "true", focusable: "false"},
		scene, behind[rear](colour),
		path("M134 236H186V300C186 326 134 326 134 300Z", skin), path("M134 250C150 274 176 272 186 256V272C172 290 148 288 134 268Z", shade, {opacity: 0.55}),
		clothes(r, skin, shade), face, more, mouth(r, "#7d2c36", lips), nose, eyes(r, Math.floor(r.next() * 4)), brows,
		before[style](colour, "#fff5"), after);
}

// picture shows a person: the picture they chose, or our drawing.
export function picture(person) {
	if (!person.avatar_url) return portrait(person);
	const img = document.createElement("img");
	img.className = "portrait";
	img.alt = "";
	img.draggable = false;
	img.addEventListener("error", () => img.replaceWith(portrait(person)), {once: true});
	img.src = person.avatar_url;
	return img;
}
