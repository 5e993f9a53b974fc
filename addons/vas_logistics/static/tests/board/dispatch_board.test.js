import { describe, expect, test } from "@odoo/hoot";
import { press, queryAllTexts, queryOne, queryText } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, Deferred } from "@odoo/hoot-mock";
import { contains, getService, mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";
import { WebClient } from "@web/webclient/webclient";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { UndoStack, fullestLeg, guess, legBars, matches, timeParts } from "@vas_logistics/board/board_rules";

describe.current.tags("desktop");
defineMailModels();

const MODEL = "vas.codelivery.plan";
const VEHICLE = { id: 1, name: "沪A·1", kind: "9.6 m", kg: 10000, m3: 50, classes: [] };

function order(id, values = {}) {
    return {
        id,
        name: `TO/${id}`,
        shipper: `Shipper ${id}`,
        origin: "Hefei",
        destination: "Shanghai",
        goods: "Crates",
        kg: 4000,
        m3: 10,
        pickup_to: "",
        deliver_to: "",
        priority: 1,
        cargo_class: 1,
        cargo_name: "General",
        status: false,
        why: false,
        ...values,
    };
}

function trip(id, orders, values = {}) {
    const kg = orders.length * 4000;
    return {
        id,
        version: `v${id}-${orders.join("-")}`,
        vehicle: { ...VEHICLE, id, name: `Truck ${id}` },
        driver: `Driver ${id}`,
        state: "proposed",
        batch: false,
        batch_name: "",
        road: false,
        running: false,
        locked: false,
        locked_by: "",
        locked_since: "",
        reason: "",
        start: "2030-05-06 00:00:00",
        end: "2030-05-06 08:00:00",
        km: 450,
        cost: 2750,
        saving: 1000,
        load: kg / 10000,
        pinned: [],
        orders,
        stops: [
            { id: id * 10, number: 1, outlet: "Hefei", arrival: "2030-05-06 00:00:00", departure: "2030-05-06 00:00:00", km: 0, kg, m3: orders.length * 10, pickups: orders, deliveries: [], late: 0 },
            { id: id * 10 + 1, number: 2, outlet: "Shanghai", arrival: "2030-05-06 08:00:00", departure: "2030-05-06 08:00:00", km: 450, kg: 0, m3: 0, pickups: [], deliveries: orders, late: 0 },
        ],
        legs: [{ number: 1, from: "Hefei", to: "Shanghai", kg, m3: orders.length * 10 }],
        ...values,
    };
}

function board(values = {}) {
    const trips = values.trips || [trip(1, [1]), trip(2, [2])];
    const unplanned = values.unplanned || [3];
    const ids = [...trips.flatMap((one) => one.orders), ...unplanned];
    return {
        plan: {
            id: 7,
            name: "CDP/1",
            state: "planned",
            state_word: "Planned",
            start: "2030-05-06 00:00:00",
            end: "2030-05-07 00:00:00",
            served: ids.length - unplanned.length,
            total: ids.length,
            trips: trips.length,
            km: 900,
            cost: 5500,
            separate: 8000,
            previous: 0,
            load: 0.4,
            currency: false,
            warning: 0.9,
            failure: "",
            writable: true,
            version: "v1",
            user: "Li",
            date: "2030-05-06 01:12:00",
            ...values.plan,
        },
        plans: [{ id: 7, name: "CDP/1" }],
        trips,
        orders: Object.fromEntries(ids.map((id) => [id, order(id, values.orders?.[id])])),
        unplanned,
        vehicles: values.vehicles || [],
    };
}

async function openBoard(data) {
    onRpc(MODEL, "get_board", () => data());
    // A systray item of another addon asks at every start of the web client.
    onRpc("res.users", "review_user_count", () => []);
    await mountWithCleanup(WebClient);
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "vas_dispatch_board",
        params: { plan_id: 7 },
    });
    await animationFrame();
}

const laneOrders = (id) => queryAllTexts(`[data-target="trip-${id}"] .o_vas_order .fw-bold.text-nowrap`);
const offOrders = () => queryAllTexts(`[data-target="off"] .o_vas_order .fw-bold.text-nowrap`);

describe("rules", () => {
    test("a lane says what it can take before the server is asked", () => {
        expect(guess(order(9), trip(1, [1]))).toBe("ok");
        expect(guess(order(9, { kg: 7000 }), trip(1, [1]))).toBe("warning");
        expect(guess(order(9, { kg: 10001 }), trip(1, [1]))).toBe("refused");
        expect(guess(order(9), trip(1, [1], { locked: true }))).toBe("refused");
        expect(guess(order(9), trip(1, [1], { state: "accepted" }))).toBe("refused");
        expect(guess(order(9), trip(1, [1], { vehicle: { ...VEHICLE, classes: [2] } }))).toBe("refused");
        expect(guess(order(1), trip(1, [1]))).toBe("same");
    });

    test("overload names the leg and the amount", () => {
        const heavy = trip(1, [1], { legs: [{ number: 1, from: "A", to: "B", kg: 10120, m3: 1 }] });
        const [leg] = legBars(heavy, 0.9);
        expect(leg.level).toBe("over");
        expect(Math.round(leg.overKg)).toBe(120);
        expect(fullestLeg(legBars(trip(1, [1, 2]), 0.7)).level).toBe("tight");
        expect(fullestLeg([])).toBe(null);
    });

    test("search, time parts and undo", () => {
        expect(matches(order(1), "to/1 shang")).toBe(true);
        expect(matches(order(1), "to/1 beijing")).toBe(false);
        const parts = timeParts(trip(1, [1]), (text) => Date.parse(`${text.replace(" ", "T")}Z`));
        expect(parts.map((part) => [part.kind, part.minutes])).toEqual([["stop", 0], ["drive", 480], ["stop", 0]]);
        const undo = new UndoStack(2);
        [1, 2, 3].forEach((move) => undo.push(move));
        expect(undo.size).toBe(2);
        expect(undo.pop()).toBe(3);
    });
});

test("lanes show load, peak, lock and unplanned orders with a reason", async () => {
    const data = board({
        trips: [
            trip(1, [1], { legs: [{ number: 1, from: "Hefei", to: "Shanghai", kg: 10120, m3: 10 }] }),
            trip(2, [2], { locked: true, locked_by: "Li" }),
        ],
        orders: { 3: { why: { code: "capacity", reason: "Too large", text: "12000 kg fit nowhere.", cure: "Split it.", possible: false } } },
    });
    await openBoard(() => data);
    expect(".o_vas_lane").toHaveCount(2);
    expect(queryText(".o_vas_lane:eq(0)")).toInclude("Over by 120 kg on leg 1");
    expect(queryText(".o_vas_lane:eq(1)")).toInclude("Locked by Li");
    expect(".o_vas_leg_bars").toHaveCount(2);
    expect(queryText(".o_vas_off")).toInclude("Too large");
    expect(queryText(".o_vas_off")).toInclude("Split it.");
});

test("one press does what helps an order; a promise is asked for first", async () => {
    const why = { code: "time_window", reason: "Time window", text: "20 min late.", cure: "", possible: false, line: 5, kind: "window", label: "Widen Window by 20 min" };
    let data = board({ orders: { 3: { why } } });
    onRpc("vas.codelivery.unserved", "action_cure", ({ args }) => {
        expect.step(`cure ${args[0][0]}`);
        data = board({ trips: [trip(1, [1, 3]), trip(2, [2])], unplanned: [] });
        return { type: "ir.actions.client", tag: "display_notification", params: { message: "TO/3 is on Truck 1 now." } };
    });
    await openBoard(() => data);
    expect(".o_vas_cure").toHaveText("Widen Window by 20 min");
    await contains(".o_vas_cure").click();
    expect.verifySteps([]);
    await contains(".modal .btn-primary").click();
    await animationFrame();
    await animationFrame();
    expect.verifySteps(["cure 5"]);
    expect(laneOrders(1)).toEqual(["TO/1", "TO/3"]);
    expect(".o_notification").toHaveText("TO/3 is on Truck 1 now.");
});

test("a drop that fits is moved, drawn and can be undone", async () => {
    let data = board();
    const calls = [];
    onRpc(MODEL, "action_move_order", ({ args, kwargs }) => {
        calls.push([args.slice(1), kwargs.reason ?? null]);
        const there = args[2] === 1;
        data = there ? board({ trips: [trip(1, [1, 3]), trip(2, [2])], unplanned: [] }) : board();
        return { level: "ok", messages: [], written: true, proposal_id: there ? 1 : false, cost_delta: 120, changed: [1] };
    });
    await openBoard(() => data);
    expect(offOrders()).toEqual(["TO/3"]);
    await contains(`[data-target="off"] .o_vas_order`).dragAndDrop(`[data-target="trip-1"]`);
    await animationFrame();
    expect(calls[0]).toEqual([[3, 1, null, false], null]);
    expect(laneOrders(1)).toEqual(["TO/1", "TO/3"]);
    expect(offOrders()).toEqual([]);
    await contains("button:contains(Undo)").click();
    await animationFrame();
    expect(calls[1][0]).toEqual([3, false, null, false]);
    expect(offOrders()).toEqual(["TO/3"]);
});

test("many trips are folded: the head says all, and takes a drop", async () => {
    const trips = [1, 2, 3, 4, 5, 6, 7, 8].map((id) => trip(id, [id], id === 2 ? { locked: true, locked_by: "Li" } : {}));
    let data = board({ trips, unplanned: [9] });
    onRpc(MODEL, "action_move_order", ({ args }) => {
        expect.step(`${args[1]} to ${args[2]}`);
        return { level: "ok", messages: [], written: true, proposal_id: args[2], cost_delta: 0, changed: [] };
    });
    await openBoard(() => data);
    expect(".o_vas_lane.o_vas_folded").toHaveCount(8);
    expect(".o_vas_lane .o_vas_order").toHaveCount(0);
    expect(queryText(".o_vas_lane:eq(0) header")).toInclude("1 order");
    expect(queryText(".o_vas_lane:eq(0) header")).toInclude("Peak 40 % on leg 1");
    expect(queryText(".o_vas_lane:eq(1) header")).toInclude("Locked by Li");
    expect(".o_vas_strip .o_vas_leg_bar").toHaveCount(16);
    await contains(`[data-target="off"] .o_vas_order`).dragAndDrop(`[data-target="trip-3"]`);
    await animationFrame();
    expect.verifySteps(["9 to 3"]);
    await contains(`[data-trip="3"] header button:eq(0)`).click();
    expect(laneOrders(3)).toEqual(["TO/3"]);
    expect(".o_vas_lane.o_vas_folded").toHaveCount(7);
    await contains("button:contains(Unfold Trips)").click();
    expect(".o_vas_lane .o_vas_order").toHaveCount(8);
});

test("a drop that is refused goes back with a sentence", async () => {
    const data = board();
    onRpc(MODEL, "action_move_order", () => ({ level: "refused", messages: ["Over by 120 kg on leg 1."], written: false, changed: [] }));
    await openBoard(() => data);
    await contains(`[data-target="off"] .o_vas_order`).dragAndDrop(`[data-target="trip-1"]`);
    await animationFrame();
    expect(laneOrders(1)).toEqual(["TO/1"]);
    expect(offOrders()).toEqual(["TO/3"]);
    expect(queryText(".o_notification")).toInclude("Over by 120 kg on leg 1.");
});

test("a warning asks for a reason and sends it", async () => {
    const data = board();
    const reasons = [];
    onRpc(MODEL, "action_move_order", ({ kwargs }) => {
        reasons.push(kwargs.reason ?? null);
        const written = Boolean(kwargs.reason);
        return { level: "warning", messages: ["TO/3: 20 min too late."], written, proposal_id: 1, cost_delta: 0, changed: [] };
    });
    await openBoard(() => data);
    await contains(`[data-target="off"] .o_vas_order`).dragAndDrop(`[data-target="trip-1"]`);
    await animationFrame();
    expect(queryText(".modal")).toInclude("20 min too late");
    expect(".modal .btn-primary").not.toBeEnabled();
    await contains("#vas_why").edit("Customer agreed", { confirm: false });
    await contains(".modal .btn-primary").click();
    await animationFrame();
    expect(reasons).toEqual([null, "Customer agreed"]);
});

test("the menu makes the same call as the drag", async () => {
    const data = board();
    const calls = [];
    onRpc(MODEL, "check_move", () => ({ level: "ok", messages: [], cost: 1, cost_delta: 1, km: 1, load_rate: 0.1, stops: [] }));
    onRpc(MODEL, "action_move_order", ({ args }) => {
        calls.push(args.slice(1));
        return { level: "ok", messages: [], written: true, proposal_id: 1, cost_delta: 0, changed: [] };
    });
    await openBoard(() => data);
    await contains(`[data-target="off"] .o_vas_order`).dragAndDrop(`[data-target="trip-1"]`);
    await animationFrame();
    await contains(`[data-target="off"] .o_vas_order button[title="Move to trip…"]`).click();
    await animationFrame();
    expect(queryText(".modal")).toInclude("Fits");
    await contains(".modal .btn-primary").click();
    await animationFrame();
    expect(calls[0]).toEqual(calls[1]);
});

test("keyboard: Space lifts, arrows choose, Space drops, Escape gives up", async () => {
    const data = board();
    const calls = [];
    onRpc(MODEL, "action_move_order", ({ args }) => {
        calls.push(args.slice(1));
        return { level: "ok", messages: [], written: true, proposal_id: 1, cost_delta: 0, changed: [] };
    });
    await openBoard(() => data);
    queryOne(`[data-target="off"] .o_vas_order`).focus();
    await press(" ");
    await animationFrame();
    expect(queryText("[aria-live=assertive]")).toInclude("TO/3 lifted");
    await press("Escape");
    await animationFrame();
    expect(calls).toEqual([]);
    await press(" ");
    await press("ArrowRight");
    await animationFrame();
    expect(queryText("[aria-live=assertive]")).toInclude("Truck 1");
    expect(".o_vas_lane.o_vas_aimed").toHaveCount(1);
    await press(" ");
    await animationFrame();
    expect(calls).toEqual([[3, 1, null, false]]);
});

test("somebody else's change is told, and loaded when asked", async () => {
    let data = board();
    const who = { user: "Li", date: "2030-05-06 01:12:00" };
    const lane = (id, orders) => ({ version: trip(id, orders).version, ...who });
    let lanes = { 1: lane(1, [1, 3]), 2: lane(2, [2]) };
    onRpc(MODEL, "get_board_version", () => ({ version: "v2", ...who, lanes }));
    await openBoard(() => data);
    await advanceTime(21000);
    await animationFrame();
    expect(".o_vas_changed").toHaveCount(1);
    expect(queryText(`[data-trip="1"] .o_vas_changed`)).toMatch(/Changed by Li at \d\d:12\./);
    data = board({ trips: [trip(1, [1, 3]), trip(2, [2])], unplanned: [] });
    await contains(`[data-trip="1"] button:contains(Load Trip Again)`).click();
    await animationFrame();
    expect(laneOrders(1)).toEqual(["TO/1", "TO/3"]);
    expect(".alert-warning").toHaveCount(0);
    // A trip that this board has no lane for is told above the board.
    lanes = { ...lanes, 9: lane(9, []) };
    await advanceTime(21000);
    await animationFrame();
    expect(".o_vas_changed").toHaveCount(0);
    expect(queryText(".alert-warning")).toInclude("Changed by Li at");
    await contains("button:contains(Load Again)").click();
    await animationFrame();
    expect(".alert-warning").toHaveCount(0);
});

test("a drop on a trip that somebody changed meanwhile says who, and loads it", async () => {
    let data = board();
    onRpc(MODEL, "action_move_order", ({ kwargs }) => {
        expect.step(JSON.stringify(kwargs.seen));
        data = board({ trips: [trip(1, [1, 3]), trip(2, [2])], unplanned: [] });
        return { level: "stale", messages: ["Truck 1 was changed by Li at 09:12."], written: false, changed: [] };
    });
    await openBoard(() => data);
    await contains(`[data-target="off"] .o_vas_order`).dragAndDrop(`[data-target="trip-1"]`);
    await animationFrame();
    expect.verifySteps([JSON.stringify({ lanes: { 1: "v1-1" }, trip: false })]);
    expect(queryText(".o_notification")).toInclude("TO/3 stays: Truck 1 was changed by Li at 09:12.");
    expect(laneOrders(1)).toEqual(["TO/1", "TO/3"]);
});

test("progress of the planner: text, curve, stop", async () => {
    let data = board({ trips: [], unplanned: [1, 2], plan: { state: "running" } });
    let state = "running";
    onRpc(MODEL, "get_progress", () => ({ state, run_state: state, curve: [[1, 900, 1], [2, 700, 2]], text: "Best 700, served 2/2, 2 s.", seconds: 3 }));
    onRpc(MODEL, "action_stop", () => {
        expect.step("stop");
        return true;
    });
    await openBoard(() => data);
    await animationFrame();
    expect(queryText(".o_vas_progress_box")).toInclude("Best 700, served 2/2, 2 s.");
    expect(".o_vas_curve polyline").toHaveCount(1);
    await contains("button:contains(Stop, keep best)").click();
    expect.verifySteps(["stop"]);
    state = "planned";
    data = board();
    await advanceTime(1100);
    await animationFrame();
    expect(".o_vas_lane").toHaveCount(2);
    expect(".o_vas_progress_box").toHaveCount(0);
});

test("150 orders: the list is drawn in parts and searched at once", async () => {
    const ids = [...Array(150).keys()].map((index) => index + 100);
    const data = board({ trips: [trip(1, [1])], unplanned: ids });
    await openBoard(() => data);
    expect(".o_vas_off .o_vas_order").toHaveCount(100);
    await contains("button:contains(Show more)").click();
    expect(".o_vas_off .o_vas_order").toHaveCount(150);
    await contains(".o_vas_search").edit("TO/149", { confirm: false });
    await animationFrame();
    expect(offOrders()).toEqual(["TO/149"]);
});

test("no second move while one is on its way", async () => {
    const data = board();
    const gate = new Deferred();
    let calls = 0;
    onRpc(MODEL, "action_move_order", async () => {
        calls++;
        await gate;
        return { level: "ok", messages: [], written: true, proposal_id: 1, cost_delta: 0, changed: [] };
    });
    await openBoard(() => data);
    await contains(`[data-target="off"] .o_vas_order`).dragAndDrop(`[data-target="trip-1"]`);
    expect(`[data-target="off"] button[title="Move to trip…"]`).not.toBeEnabled();
    queryOne(`[data-target="off"] .o_vas_order`).focus();
    await press(" ");
    expect(calls).toBe(1);
    gate.resolve();
    await animationFrame();
});
