import { beforeEach, describe, destroy, expect, test } from "@odoo/hoot";
import { advanceTime, animationFrame, mockDate } from "@odoo/hoot-mock";
import {
    allowTranslations,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
    getService,
} from "@web/../tests/web_test_helpers";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    durationInWords,
    openSeconds,
    secondsLeft,
    stateAt,
    viewOf,
    viewsOf,
} from "@vas_service/sla/sla_clock";

describe.current.tags("desktop");

const HOUR = 3600;
// 2 March 2026, 10:00 UTC
const NOW = Date.UTC(2026, 2, 2, 10) / 1000;

function clock(values = {}) {
    return {
        id: 1,
        name: "Resolution",
        kind: "resolution",
        state: "running",
        label: "Running",
        policy: "Standard",
        hours: "Office",
        zone: "UTC",
        deadline: NOW + 2 * HOUR,
        at_risk_from: NOW + HOUR,
        stopped_at: false,
        paused_since: false,
        pause_reason: "",
        target: 4 * HOUR,
        left: 2 * HOUR,
        openings: [[NOW - HOUR, NOW + 6 * HOUR]],
        ...values,
    };
}

function sla(clocks, now = "2026-03-02 10:00:00") {
    return { now, clocks, policy: "Standard", policy_id: 1, why: clocks.length ? "" : "None fits." };
}

describe("clock", () => {
    beforeEach(() => allowTranslations());

    test("durations have at most two units and no sign", () => {
        expect(durationInWords(59).toString()).toBe("59 s");
        expect(durationInWords(60).toString()).toBe("1 min");
        expect(durationInWords(61).toString()).toBe("1 min 1 s");
        expect(durationInWords(2 * HOUR).toString()).toBe("2 h");
        expect(durationInWords(-(HOUR + 20 * 60 + 59)).toString()).toBe("1 h 20 min");
    });

    test("a running clock turns at risk and breached on its own", () => {
        const c = clock();
        expect(stateAt(c, NOW)).toBe("running");
        expect(stateAt(c, NOW + HOUR)).toBe("at_risk");
        expect(stateAt(c, NOW + 2 * HOUR)).toBe("at_risk");
        expect(stateAt(c, NOW + 2 * HOUR + 1)).toBe("breached");
        for (const state of ["paused", "met", "late", "breached"]) {
            expect(stateAt(clock({ state }), NOW + 9 * HOUR)).toBe(state);
        }
    });

    test("it ticks in working time only", () => {
        const c = clock({ openings: [[NOW, NOW + HOUR], [NOW + 20 * HOUR, NOW + 28 * HOUR]] });
        expect(openSeconds(c.openings, NOW, NOW + 2 * HOUR)).toBe(HOUR);
        expect(secondsLeft(c, NOW, NOW + 2 * HOUR)).toBe(HOUR);
        expect(secondsLeft(c, NOW, NOW + 19 * HOUR)).toBe(HOUR);
        expect(secondsLeft(c, NOW, NOW + 21 * HOUR)).toBe(0);
        expect(viewOf(c, NOW, NOW + 2 * HOUR).closed).toBe(true);
    });

    test("paused and stopped clocks stand still", () => {
        const paused = clock({ state: "paused", paused_since: NOW - 60 });
        expect(secondsLeft(paused, NOW, NOW + HOUR)).toBe(2 * HOUR);
        expect(viewOf(paused, NOW, NOW + HOUR).text.toString()).toBe("2 h left");
        const met = clock({ state: "met", stopped_at: NOW - 60 });
        expect(viewOf(met, NOW, NOW + HOUR).text).toBe("");
        const late = clock({ state: "late", stopped_at: NOW - 60, left: -600 });
        expect(viewOf(late, NOW, NOW + HOUR).text.toString()).toBe("10 min late");
    });

    test("the most urgent clock comes first", () => {
        const clocks = [
            clock({ id: 1, state: "met", stopped_at: NOW }),
            clock({ id: 2, state: "paused", paused_since: NOW }),
            clock({ id: 3 }),
            clock({ id: 4, deadline: NOW - 1, left: -1 }),
            clock({ id: 5, at_risk_from: NOW }),
        ];
        expect(viewsOf(clocks, NOW, NOW).map((view) => view.id)).toEqual([4, 5, 3, 2, 1]);
    });
});

class Ticket extends models.Model {
    _name = "ticket";
    name = fields.Char();
    vas_sla = fields.Json();
    _records = [];
}

defineMailModels();
defineModels([Ticket]);

const FORM = `<form><field name="vas_sla" widget="vas_sla_strip"/><field name="name"/></form>`;
const LIST = `<list><field name="vas_sla" widget="vas_sla_clock"/></list>`;

function countReads() {
    onRpc("ticket", "web_read", ({ parent }) => {
        const records = parent();
        expect.step("read");
        return records;
    });
}

async function mountForm(value) {
    Ticket._records = [{ id: 1, name: "T", vas_sla: value }];
    return mountView({ type: "form", resModel: "ticket", resId: 1, arch: FORM });
}

describe("strip", () => {
    beforeEach(() => countReads());

    test("shows word, icon and time, and ticks every second within the hour", async () => {
        mockDate("2026-03-02 10:00:00", 0);
        await mountForm(sla([clock({ left: 600, deadline: NOW + 600, at_risk_from: NOW + 300 })]));
        expect(".o_vas_sla_chip").toHaveAttribute("data-state", "running");
        expect(".o_vas_sla_chip").toHaveText(/Resolution\s*Running\s*10 min left/);
        expect(".o_vas_sla_chip i.fa-clock-o").toHaveCount(1);
        await advanceTime(60 * 1000);
        expect(".o_vas_sla_time").toHaveText("9 min left");
        await advanceTime(241 * 1000);
        expect(".o_vas_sla_chip").toHaveAttribute("data-state", "at_risk");
        expect(".o_vas_sla_chip i.fa-exclamation-triangle").toHaveCount(1);
        await advanceTime(301 * 1000);
        expect(".o_vas_sla_chip").toHaveAttribute("data-state", "breached");
        expect(".o_vas_sla_time").toHaveText(/overdue by \d+ s/);
        expect.verifySteps(["read"]);
    });

    test("only the state is announced", async () => {
        mockDate("2026-03-02 10:00:00", 0);
        await mountForm(sla([clock()]));
        expect("[aria-live=polite]").toHaveText("Running");
        expect.verifySteps(["read"]);
    });

    test("a wrong client clock does no harm", async () => {
        for (const minutes of ["09:55", "10:05"]) {
            mockDate(`2026-03-02 ${minutes}:00`, 0);
            const view = await mountForm(sla([clock({ left: 600, deadline: NOW + 600 })]));
            expect(".o_vas_sla_time").toHaveText("10 min left");
            await advanceTime(30 * 1000);
            expect(".o_vas_sla_time").toHaveText("9 min 30 s left");
            destroy(view);
            expect.verifySteps(["read"]);
        }
    });

    test("a paused clock is frozen and says why", async () => {
        mockDate("2026-03-02 10:00:00", 0);
        const paused = clock({
            state: "paused",
            paused_since: NOW - 60,
            pause_reason: "Waiting for the customer",
        });
        await mountForm(sla([paused]));
        expect(".o_vas_sla_chip").toHaveText(/Waiting for the customer/);
        await advanceTime(60 * 1000);
        expect(".o_vas_sla_time").toHaveText("2 h left");
        expect(getService("vas_sla_ticker").period).toBe(0);
        expect.verifySteps(["read"]);
    });

    test("nothing ticks while the tab is hidden", async () => {
        mockDate("2026-03-02 10:00:00", 0);
        await mountForm(sla([clock({ left: 600, deadline: NOW + 600 })]));
        const ticker = getService("vas_sla_ticker");
        expect(ticker.period).toBe(1000);
        Object.defineProperty(document, "visibilityState", {
            value: "hidden",
            configurable: true,
        });
        document.dispatchEvent(new Event("visibilitychange"));
        expect(ticker.period).toBe(0);
        delete document.visibilityState;
        document.dispatchEvent(new Event("visibilitychange"));
        expect(ticker.period).toBe(1000);
        expect.verifySteps(["read"]);
    });

    test("without a promise it says so and why", async () => {
        await mountForm(sla([]));
        expect(".o_vas_sla_strip").toHaveText(/No service promise applies.\s*None fits./);
        expect.verifySteps(["read"]);
    });
});

describe("list", () => {
    test("80 rows share one timer and need no further request", async () => {
        mockDate("2026-03-02 10:00:00", 0);
        Ticket._records = Array.from({ length: 80 }, (_, index) => ({
            id: index + 1,
            name: `T${index}`,
            vas_sla: sla([clock({ id: index, left: 1200, deadline: NOW + 1200 })]),
        }));
        onRpc("ticket", "web_search_read", () => {
            expect.step("web_search_read");
        });
        onRpc("ticket", "web_read", () => {
            expect.step("web_read");
        });
        await mountView({ type: "list", resModel: "ticket", arch: LIST });
        expect(".o_vas_sla_clock").toHaveCount(80);
        expect(getService("vas_sla_ticker").period).toBe(1000);
        await advanceTime(5000);
        await animationFrame();
        expect(".o_data_row:first .o_vas_sla_time").toHaveText("19 min 55 s left");
        expect.verifySteps(["web_search_read"]);
    });

    test("records without a promise show a word", async () => {
        Ticket._records = [{ id: 1, name: "T", vas_sla: sla([]) }];
        await mountView({ type: "list", resModel: "ticket", arch: LIST });
        expect(".o_data_row").toHaveText("No promise");
    });
});
