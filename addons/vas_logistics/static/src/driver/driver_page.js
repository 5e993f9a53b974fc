import { loadingHours } from "./loading_hours.js";
import { Outbox } from "./outbox.js";

/**
 * The driver's page: one trip, one primary button per state, works without network.
 *
 * Plain browser code: the page loads no framework, so it opens on a slow phone.
 */

const root = document.getElementById("vas_driver");
const words = JSON.parse(root.dataset.strings);
const base = root.dataset.base;
const lang = root.dataset.lang;
const STORE = `vas-trip${base}`;
const STATE = `vas-trip-state${base}`;
const CACHE = "vas-driver-1";
const RETRY = 15000;

let trip = JSON.parse(root.dataset.state);
let view = { name: "stop" };
let waiting = 0;
let gone = false;
let message = "";
let chosen = null;

function word(key, values = {}) {
    return Object.entries(values).reduce(
        (text, [name, value]) => text.replace(`%(${name})s`, value),
        words[key]
    );
}

/** Small element builder: texts are texts, never markup. */
function el(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (name.startsWith("on")) {
            node.addEventListener(name.slice(2), value);
        } else if (name === "class") {
            node.className = value;
        } else if (value === true) {
            node.setAttribute(name, "");
        } else if (value !== false && value !== undefined && value !== null) {
            node.setAttribute(name, value);
        }
    }
    node.append(...children.flat(Infinity).filter((child) => child !== null && child !== ""));
    return node;
}

// ---------------------------------------------------------------------------
// Outbox on this phone
// ---------------------------------------------------------------------------

function database() {
    return new Promise((resolve, reject) => {
        const request = indexedDB.open("vas-driver", 1);
        request.onupgradeneeded = () => request.result.createObjectStore("outbox");
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
    });
}

async function inStore(mode, work) {
    const db = await database();
    return new Promise((resolve, reject) => {
        const transaction = db.transaction("outbox", mode);
        const request = work(transaction.objectStore("outbox"));
        transaction.oncomplete = () => {
            db.close();
            resolve(request.result);
        };
        transaction.onerror = () => reject(transaction.error);
    });
}

const store = {
    load: () => inStore("readonly", (box) => box.get(STORE)),
    save: (items) => inStore("readwrite", (box) => box.put(items, STORE)),
};

/** What the server said last, for a page that is opened again without network. */
const kept = {
    load: () => inStore("readonly", (box) => box.get(STATE)),
    save: (state) => inStore("readwrite", (box) => box.put(state, STATE)),
    clear: () => inStore("readwrite", (box) => box.delete(STATE)),
};

function learn(state) {
    trip = state;
    return kept.save(state);
}

function close() {
    gone = true;
    return kept.clear();
}

async function send(item) {
    const body = new FormData();
    for (const name of ["key", "kind", "stop", "date", "reason", "note", "receiver", "signature"]) {
        body.append(name, item[name] ?? "");
    }
    body.append("orders", (item.orders || []).join(","));
    (item.photos || []).forEach((photo, index) =>
        body.append("photos", photo, `photo-${index + 1}.jpg`)
    );
    let response;
    try {
        response = await fetch(`${base}/report`, { method: "POST", body });
    } catch {
        return { settled: false };
    }
    if (response.status === 403 || response.status === 404) {
        await close();
        render();
        return { settled: false };
    }
    if (response.status >= 500 || response.status === 429) {
        return { settled: false };
    }
    const answer = await response.json();
    if (!response.ok) {
        return { settled: true, refused: answer.message || answer.error };
    }
    return { settled: true, refused: answer.message, answer };
}

const outbox = new Outbox(store, send, {
    onChange: (count) => {
        waiting = count;
        render();
    },
    onAnswer: (answer, left) => {
        learn(answer.state);
        left.forEach(applyHere);
        render();
    },
    onRefused: (item, text) => {
        message = text;
        refresh();
    },
});

/** What a report will change, shown at once: the driver does not wait for a network. */
function applyHere(report) {
    const stop = trip.stops.find((candidate) => candidate.key === report.stop);
    const ids = new Set(report.orders || []);
    if (report.kind === "start") {
        trip.departed = true;
        const first = trip.stops[0];
        first?.pickups.forEach((order) => (order.done = true));
        if (first) {
            first.done = first.deliveries.every((order) => order.done);
        }
    }
    if (!stop) {
        return;
    }
    if (report.kind === "arrived") {
        stop.arrived = true;
    }
    const side = { loaded: "pickups", delivered: "deliveries" }[report.kind];
    if (side) {
        stop[side].filter((order) => ids.has(order.id)).forEach((order) => (order.done = true));
    }
    if (report.kind === "problem") {
        const name = trip.reasons.find((reason) => reason.id === report.reason)?.name || "";
        for (const order of [...stop.pickups, ...stop.deliveries]) {
            if (ids.has(order.id)) {
                order.problem = name;
            }
        }
    }
    stop.done = [...stop.pickups, ...stop.deliveries].every((order) => order.done);
}

async function report(values) {
    message = "";
    view = { name: "stop" };
    const kept = { ...values, date: Date.now() };
    applyHere(kept);
    render();
    await outbox.add(kept);
}

async function refresh() {
    if (outbox.size) {
        return outbox.flush();
    }
    try {
        const response = await fetch(`${base}/state`);
        if (response.status === 403 || response.status === 404) {
            await close();
        } else if (response.ok) {
            await learn((await response.json()).state);
        }
        render();
    } catch {
        render();
    }
}

// ---------------------------------------------------------------------------
// Parts of the page
// ---------------------------------------------------------------------------

function moment(text) {
    return text ? new Date(`${text.replace(" ", "T")}Z`) : null;
}

function clock(date) {
    return date.toLocaleTimeString(lang, { hour: "2-digit", minute: "2-digit" });
}

function day(date) {
    const today = new Date().toDateString() === date.toDateString();
    const options = { month: "numeric", day: "numeric" };
    return today ? "" : `${date.toLocaleDateString(lang, options)} `;
}

function span(from, to) {
    if (from && to) {
        return word("between", { from: day(from) + clock(from), to: day(to) + clock(to) });
    }
    if (to) {
        return word("until", { to: day(to) + clock(to) });
    }
    return from ? day(from) + clock(from) : "";
}

function isSettled(stop) {
    return [...stop.pickups, ...stop.deliveries].every((order) => order.done || order.problem);
}

function currentStop() {
    return (
        trip.stops.find((stop) => stop.key === chosen && !stop.done) ||
        trip.stops.find((stop) => !stop.done && !isSettled(stop)) ||
        trip.stops.find((stop) => !stop.done)
    );
}

function header(stop) {
    const parts = [el("h1", {}, `${trip.trip} · ${trip.vehicle}`)];
    if (stop) {
        const planned = moment(stop.arrival);
        const late = planned ? Math.round((Date.now() - planned) / 60000) : 0;
        const place = word("stop", { number: stop.number, total: trip.stops.length });
        const line = el("div", {}, place);
        if (planned) {
            line.append(` · ${day(planned)}${clock(planned)} · `);
            line.append(
                late > 0 && !stop.arrived
                    ? el("span", { class: "late" }, word("late", { time: minutes(late) }))
                    : word("on_time")
            );
        }
        parts.push(line);
    }
    if (waiting) {
        parts.push(el("span", { class: "chip", role: "status" }, word("unsent", { count: waiting })));
    }
    return el("header", {}, parts);
}

function minutes(total) {
    const hours = Math.floor(total / 60);
    return hours ? `${hours} h ${total % 60} min` : `${total} min`;
}

function notices() {
    const list = [];
    if (!navigator.onLine) {
        list.push(el("div", { class: "notice", role: "status" }, word("offline")));
    }
    if (message) {
        list.push(el("div", { class: "notice bad", role: "alert" }, message));
    }
    for (const kind of ["cancelled", "returning"]) {
        if (trip[kind].length) {
            list.push(
                el(
                    "div",
                    { class: "notice bad" },
                    word(kind),
                    el(
                        "ul",
                        {},
                        trip[kind].map((order) => el("li", {}, `${order.name} · ${order.goods}`))
                    )
                )
            );
        }
    }
    return list;
}

/** When a place takes goods on the day of the stop, and whether it is closed now. */
function hoursLines(hours, stop) {
    if (!hours) {
        return [];
    }
    const now = new Date();
    const planned = moment(stop.arrival);
    const today = !planned || planned <= now || planned.toDateString() === now.toDateString();
    const lines = loadingHours(hours, today ? now : planned, today);
    const spans = lines.spans.map(([from, to]) =>
        word("between", { from: clock(from), to: clock(to) })
    );
    const text = spans.length
        ? word("hours", { hours: spans.join(word("comma")) })
        : word("hours_none");
    let state = "";
    if (lines.opens) {
        state = word("opens", { time: day(lines.opens) + clock(lines.opens) });
    } else if (lines.closed) {
        state = word("closed");
    }
    return [
        el("div", { class: "hours" }, text),
        state ? el("div", { class: "hours bad" }, state) : "",
    ];
}

/** Whether the next open order goes to the same address, so that it is named once. */
function samePlace(order, next) {
    return next && !next.done && JSON.stringify(order.place) === JSON.stringify(next.place);
}

/** Where an order goes beyond the outlet: who, where, when, and a call. */
function placeLines(order, stop, side) {
    const { place } = order;
    if (!place) {
        return "";
    }
    const query = encodeURIComponent(place.address || place.name);
    return el(
        "div",
        { class: "place" },
        el("strong", {}, word(side, { name: place.name })),
        place.address ? el("div", { class: "address" }, place.address) : "",
        hoursLines(place.hours, stop),
        el(
            "div",
            { class: "row" },
            place.address
                ? el("a", { class: "button", href: `geo:0,0?q=${query}` }, word("map"))
                : "",
            place.phone ? el("a", { class: "button", href: `tel:${place.phone}` }, word("call")) : ""
        )
    );
}

function orderList(title, orders, ticks, stop, side) {
    if (!orders.length) {
        return [];
    }
    return [
        el("h3", {}, title),
        el(
            "ul",
            { class: "orders" },
            orders.map((order, index) => {
                const amounts = `${order.pieces} ${word("pieces")} · ${Math.round(order.kg)} kg · ${order.m3.toFixed(2)} m³`;
                const time = span(moment(order.from), moment(order.to));
                const text = el(
                    "span",
                    {},
                    el("strong", {}, `${order.name} · ${order.goods}`),
                    el("br"),
                    `${order.shipper}`,
                    el("br"),
                    el("span", { class: "muted" }, amounts + (time ? ` · ${time}` : "")),
                    order.done ? el("div", { class: "good" }, `✓ ${word("done_word")}`) : "",
                    !order.done && order.problem
                        ? el("div", { class: "bad" }, `${word("problem")}: ${order.problem}`)
                        : ""
                );
                const box = el("input", {
                    type: "checkbox",
                    "data-order": order.id,
                    checked: ticks && !order.done,
                    disabled: !ticks || order.done,
                });
                return el(
                    "li",
                    {},
                    el("label", {}, ticks ? box : "", text),
                    side && !order.done && !samePlace(order, orders[index + 1])
                        ? placeLines(order, stop, side)
                        : ""
                );
            })
        ),
    ];
}

function ticked() {
    return [...root.querySelectorAll("input[data-order]:checked")].map((box) =>
        Number(box.dataset.order)
    );
}

function bar(...buttons) {
    return el("div", { class: "bar" }, el("div", {}, buttons));
}

function primary(text, onclick, options = {}) {
    return el("button", { class: "primary", type: "button", onclick, ...options }, text);
}

/** The place with what to do there. */
function renderStop(stop) {
    const start = !trip.departed;
    const here = start || stop.arrived;
    const query = stop.latitude
        ? `${stop.latitude},${stop.longitude}`
        : encodeURIComponent(stop.address || stop.outlet);
    const body = [
        waitsForGate() ? el("div", { class: "notice" }, word("wait_gate")) : "",
        el("h2", {}, `${stop.number}. ${stop.outlet}`),
        el("div", { class: "address" }, stop.address),
        ...hoursLines(stop.hours, stop),
        el(
            "div",
            { class: "row" },
            el("a", { class: "button", href: `geo:0,0?q=${query}` }, word("map")),
            stop.phone ? el("a", { class: "button", href: `tel:${stop.phone}` }, word("call")) : ""
        ),
        stop.remarks.map((text) => el("div", { class: "remark" }, `${word("remark")}: ${text}`)),
        orderList(word("unload_here"), stop.deliveries, here && !start, stop, "bring_to"),
        orderList(word("load_here"), stop.pickups, here && !start, stop, "fetch_from"),
    ];
    const problem = el(
        "button",
        { type: "button", onclick: () => show({ name: "problem", stop, orders: ticked() }) },
        word("problem")
    );
    const list = el(
        "button",
        { type: "button", class: "link", onclick: () => show({ name: "list" }) },
        word("stops")
    );
    return [...body, bar(nextButton(stop), el("div", { class: "row" }, problem, list))];
}

function waitsForGate() {
    return trip.status === "gate" && !trip.departed;
}

/** The one primary button of the state. */
function nextButton(stop) {
    if (waitsForGate()) {
        return primary(word("check_gate"), refresh);
    }
    if (!trip.departed) {
        return primary(word("start"), () => report({ kind: "start" }));
    }
    if (!stop.arrived) {
        return primary(word("arrived"), () => arrive(stop));
    }
    if (stop.deliveries.some((order) => !order.done)) {
        return primary(word("deliver"), () => {
            const ids = ticked();
            const orders = stop.deliveries
                .filter((order) => !order.done && ids.includes(order.id))
                .map((order) => order.id);
            if (!orders.length) {
                return say(word("need_orders"));
            }
            show({ name: "proof", stop, orders });
        });
    }
    return primary(word("loaded"), () => {
        const orders = stop.pickups.filter((order) => ticked().includes(order.id));
        if (!orders.length) {
            return say(word("need_orders"));
        }
        report({ kind: "loaded", stop: stop.key, orders: orders.map((order) => order.id) });
    });
}

function arrive(stop) {
    const first = trip.stops.find((other) => !other.done && !isSettled(other));
    const go = () => report({ kind: "arrived", stop: stop.key, orders: [] });
    if (first && first !== stop) {
        show({ name: "ask", text: word("order_asks", { number: first.number }), go });
    } else {
        go();
    }
}

function renderAsk() {
    return [
        el("div", { class: "notice" }, view.text),
        bar(
            primary(word("yes"), view.go),
            el("button", { type: "button", onclick: () => show({ name: "stop" }) }, word("no"))
        ),
    ];
}

function renderList() {
    return [
        el("h2", {}, word("stops")),
        el(
            "ul",
            { class: "orders" },
            trip.stops.map((stop) =>
                el(
                    "li",
                    {},
                    el(
                        "button",
                        {
                            type: "button",
                            class: "link",
                            disabled: stop.done,
                            onclick: () => {
                                chosen = stop.key;
                                show({ name: "stop" });
                            },
                        },
                        `${stop.number}. ${stop.outlet}`,
                        stop.done ? ` ✓ ${word("done_word")}` : ""
                    )
                )
            )
        ),
        bar(primary(word("back"), () => show({ name: "stop" }))),
    ];
}

/** Who took the goods, signed on the glass. */
function renderProof() {
    const { stop, orders } = view;
    const receiver = el("input", {
        type: "text",
        id: "receiver",
        maxlength: "100",
        autocomplete: "off",
    });
    const canvas = el("canvas", {
        width: "640",
        height: "260",
        role: "img",
        "aria-label": word("signature"),
    });
    const signature = signaturePad(canvas);
    const photos = photoInput();
    const open = stop.deliveries.filter((order) => !order.done && !orders.includes(order.id));
    return [
        el("h2", {}, word("deliver")),
        el("p", {}, `${stop.outlet} · ${orders.length}`),
        open.length ? el("p", { class: "notice" }, word("ask_unticked")) : "",
        el("h3", {}, el("label", { for: "receiver" }, word("receiver"))),
        receiver,
        el("h3", {}, word("signature")),
        canvas,
        el(
            "button",
            { type: "button", class: "link", onclick: () => signature.clear() },
            word("clear")
        ),
        photos.node,
        bar(
            primary(word("confirm"), () => {
                if (!receiver.value.trim()) {
                    receiver.focus();
                    return say(word("need_receiver"));
                }
                report({
                    kind: "delivered",
                    stop: stop.key,
                    orders,
                    receiver: receiver.value.trim(),
                    signature: signature.value(),
                    photos: photos.files,
                });
            }),
            el("button", { type: "button", onclick: () => show({ name: "stop" }) }, word("back"))
        ),
    ];
}

function renderProblem() {
    const { stop } = view;
    const reason = el(
        "select",
        { id: "reason" },
        el("option", { value: "" }, ""),
        trip.reasons.map((item) => el("option", { value: item.id }, item.name))
    );
    const note = el("textarea", { id: "note", rows: "3", maxlength: "1000" });
    const photos = photoInput();
    const open = [...stop.deliveries, ...stop.pickups].filter((order) => !order.done);
    return [
        el("h2", {}, word("problem")),
        orderList(stop.outlet, open, true),
        el("h3", {}, el("label", { for: "reason" }, word("what"))),
        reason,
        el("h3", {}, el("label", { for: "note" }, word("note"))),
        note,
        photos.node,
        bar(
            primary(word("send_problem"), () => {
                const picked = trip.reasons.find((item) => item.id === Number(reason.value));
                const orders = ticked();
                if (!picked) {
                    reason.focus();
                    return say(word("what"));
                }
                if (!orders.length) {
                    return say(word("need_orders"));
                }
                if (picked.note && !note.value.trim()) {
                    note.focus();
                    return say(word("need_note"));
                }
                if (picked.photo && !photos.files.length) {
                    return say(word("need_photo"));
                }
                report({
                    kind: "problem",
                    stop: stop.key,
                    orders,
                    reason: picked.id,
                    note: note.value.trim(),
                    photos: photos.files,
                });
            }),
            el("button", { type: "button", onclick: () => show({ name: "stop" }) }, word("back"))
        ),
    ];
}

/** Draw with a finger; nothing drawn is no signature. */
function signaturePad(canvas) {
    const pen = canvas.getContext("2d");
    pen.lineWidth = 4;
    pen.lineCap = "round";
    let drawing = false;
    let empty = true;
    const place = (event) => {
        const box = canvas.getBoundingClientRect();
        return [
            ((event.clientX - box.left) * canvas.width) / box.width,
            ((event.clientY - box.top) * canvas.height) / box.height,
        ];
    };
    canvas.addEventListener("pointerdown", (event) => {
        drawing = true;
        canvas.setPointerCapture(event.pointerId);
        pen.beginPath();
        pen.moveTo(...place(event));
    });
    canvas.addEventListener("pointermove", (event) => {
        if (drawing) {
            empty = false;
            pen.lineTo(...place(event));
            pen.stroke();
        }
    });
    canvas.addEventListener("pointerup", () => (drawing = false));
    canvas.addEventListener("pointercancel", () => (drawing = false));
    return {
        clear: () => {
            pen.clearRect(0, 0, canvas.width, canvas.height);
            empty = true;
        },
        value: () => (empty ? "" : canvas.toDataURL("image/png")),
    };
}

/** Photos are made smaller on the phone: a signal in a yard is thin. */
function photoInput() {
    const result = { files: [], node: null };
    const count = el("span", { class: "muted", role: "status" });
    const input = el("input", {
        type: "file",
        accept: "image/*",
        capture: "environment",
        class: "sr",
        id: "photo",
        onchange: async () => {
            for (const file of input.files) {
                result.files.push(await shrink(file));
            }
            input.value = "";
            count.textContent = word("photos", { count: result.files.length });
        },
    });
    const label = el(
        "button",
        { type: "button", onclick: () => input.click() },
        word("photo")
    );
    result.node = el("div", { class: "row" }, input, label, count);
    return result;
}

async function shrink(file) {
    const picture = await createImageBitmap(file);
    const factor = Math.min(1, 1280 / Math.max(picture.width, picture.height));
    const canvas = el("canvas", {
        width: Math.round(picture.width * factor),
        height: Math.round(picture.height * factor),
    });
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.8));
}

// ---------------------------------------------------------------------------
// Drawing
// ---------------------------------------------------------------------------

function show(next) {
    view = next;
    message = "";
    render();
    window.scrollTo(0, 0);
}

/** Say something without losing what was typed. */
function say(text) {
    message = text;
    root.querySelectorAll(".notice.bad[role=alert]").forEach((node) => node.remove());
    root.querySelector("header").after(el("div", { class: "notice bad", role: "alert" }, text));
    window.scrollTo(0, 0);
}

const FORMS = { problem: renderProblem, proof: renderProof };

function render() {
    const stop = currentStop();
    if (FORMS[view.name] && root.dataset.view === view.name && !gone) {
        return; // a form that is being filled in is not drawn again
    }
    root.dataset.view = view.name;
    let body;
    if (gone) {
        body = [el("p", { class: "notice bad", role: "alert" }, word("gone"))];
    } else if (trip.status === "cancelled") {
        body = [el("p", { class: "notice bad", role: "alert" }, word("trip_cancelled"))];
    } else if (!stop) {
        body = [el("p", { class: "notice good" }, word("done"))];
    } else if (FORMS[view.name]) {
        body = FORMS[view.name]();
    } else if (view.name === "list") {
        body = renderList();
    } else if (view.name === "ask") {
        body = renderAsk();
    } else {
        body = renderStop(stop);
    }
    root.replaceChildren(header(gone ? null : stop), ...notices(), ...body.flat());
}

window.addEventListener("online", refresh);
window.addEventListener("offline", render);
document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
        refresh();
    }
});
setInterval(() => outbox.size && outbox.flush(), RETRY);
if ("serviceWorker" in navigator) {
    // The first visit already has to be enough to open the page without network.
    caches
        .open(CACHE)
        .then((cache) => cache.addAll([location.href, ...parts()]))
        .catch(() => {}) // without it the page only needs a network to open again
        .then(() => navigator.serviceWorker.register("/vas/trip/worker.js", { scope: "/vas/trip/" }))
        .catch(() => {}); // as above
}

/** Scripts and styles that the page is made of. */
function parts() {
    return performance
        .getEntriesByType("resource")
        .map((entry) => entry.name)
        .filter((name) => name.includes("/vas_logistics/static/src/driver/"));
}

const before = await kept.load();
if (before && before.at > trip.at) {
    trip = before;
} else {
    await kept.save(trip);
}
await outbox.start();
outbox.items.forEach(applyHere);
render();
