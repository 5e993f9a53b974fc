import { describe, expect, test } from "@odoo/hoot";
import { click, press, queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { defineModels, fields, models, mountView } from "@web/../tests/web_test_helpers";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { barsOf, linesOf, position, spanOf, totalsOf } from "@vas_service/sla_timeline/sla_timeline";

describe.current.tags("desktop");

const HOUR = 3600;
// 29 March 2026, the night Berlin turns its clocks: 00:00 UTC
const NIGHT = Date.UTC(2026, 2, 29) / 1000;

function segment(from, to, kind, values = {}) {
    return {
        start: NIGHT + from * HOUR,
        end: NIGHT + to * HOUR,
        kind,
        reason: "",
        actor: "",
        seconds: (to - from) * HOUR,
        working: kind === "closed_hours" ? 0 : (to - from) * HOUR,
        ...values,
    };
}

function row(values = {}) {
    return {
        id: 1,
        name: "Resolution",
        state: "running",
        label: "Running",
        segments: [
            segment(-2, 0, "counted"),
            segment(0, 6, "closed_hours"),
            segment(6, 8, "counted"),
            segment(8, 9, "paused", { reason: "Waiting for parts", actor: "Zhao Min" }),
            segment(9, 10, "counted"),
        ],
        markers: [{ at: NIGHT + 12 * HOUR, kind: "deadline", label: "Due" }],
        ...values,
    };
}

describe("geometry", () => {
    test("segments add up to the total", () => {
        const totals = totalsOf(row());
        expect(totals).toEqual({
            counted: 5 * HOUR,
            paused: HOUR,
            closed_hours: 6 * HOUR,
            stopped: 0,
        });
        const whole = Object.values(totals).reduce((sum, part) => sum + part);
        expect(whole).toBe(12 * HOUR);
    });

    test("bars touch without gap or overlap", () => {
        const span = spanOf([row()]);
        const bars = barsOf(row(), span);
        for (let index = 1; index < bars.length; index++) {
            expect(bars[index].left).toBeCloseTo(bars[index - 1].left + bars[index - 1].width, {
                margin: 1e-9,
            });
        }
        expect(span.to).toBe(NIGHT + 12 * HOUR);
        expect(position(span, NIGHT - 5 * HOUR)).toBe(0);
    });

    test("a night with a change of the clocks is as long as it was", () => {
        // 01:00 UTC is 03:00 instead of 02:00 in Berlin: eight hours of wall clock there
        // are seven hours; instants know nothing of it.
        const night = row({ segments: [segment(-1, 6, "closed_hours")], markers: [] });
        expect(totalsOf(night).closed_hours).toBe(7 * HOUR);
        expect(barsOf(night, spanOf([night]))[0].width).toBe(1);
    });

    test("several cycles: time after a solution stands apart", () => {
        const reopened = row({
            segments: [
                segment(0, 1, "counted"),
                segment(1, 5, "stopped"),
                segment(5, 6, "counted"),
            ],
        });
        expect(totalsOf(reopened).stopped).toBe(4 * HOUR);
        expect(linesOf(reopened).map((line) => line.kind)).toEqual([
            "counted",
            "stopped",
            "counted",
        ]);
    });

    test("the table joins opening and closing hours", () => {
        const lines = linesOf(row());
        expect(lines.map((line) => line.kind)).toEqual(["counted", "paused", "counted"]);
        expect(lines[0].working).toBe(4 * HOUR);
        expect(lines[0].seconds).toBe(10 * HOUR);
    });

    test("nothing yet is no error", () => {
        expect(spanOf([])).toEqual({ from: 0, to: 1 });
    });
});

class Ticket extends models.Model {
    _name = "ticket";
    timeline = fields.Json();
    _records = [];
}

defineMailModels();
defineModels([Ticket]);

const FORM = `<form><field name="timeline" widget="vas_sla_timeline"/></form>`;

async function mount(rows) {
    Ticket._records = [{ id: 1, timeline: { rows, now: NIGHT + 10 * HOUR } }];
    return mountView({ type: "form", resModel: "ticket", resId: 1, arch: FORM });
}

describe("picture", () => {
    test("it draws every piece, the deadline and now, and tells them as a table", async () => {
        await mount([row(), row({ id: 2, name: "First response", segments: [segment(0, 1, "counted")] })]);
        expect(".o_vas_seg").toHaveCount(6);
        expect(".o_vas_seg[data-kind=closed_hours]").toHaveCount(1);
        expect(".o_vas_marker[data-kind=deadline]").toHaveCount(2);
        expect(".o_vas_now").toHaveCount(1);
        expect(".o_vas_sla_timeline_table").toHaveCount(2);
        expect(".o_vas_sla_timeline_table:first tbody tr").toHaveCount(3);
        expect(queryAllTexts(".o_vas_sla_timeline_table:first tbody tr:eq(1) td").slice(-2)).toEqual([
            "Waiting for parts",
            "Zhao Min",
        ]);
    });

    test("a piece tells its reason when pressed, arrows go on", async () => {
        await mount([row()]);
        await click(".o_vas_seg[data-kind=paused]");
        await animationFrame();
        expect(".o_vas_sla_timeline_chosen").toHaveText(/Paused.*1 h.*Waiting for parts.*Zhao Min/);
        await click(".o_vas_sla_timeline_picture");
        document.querySelector(".o_vas_sla_timeline_picture").focus();
        await press("ArrowRight");
        await animationFrame();
        expect(".o_vas_sla_timeline_chosen").toHaveText(/Counted.*1 h/);
        await press("ArrowRight");
        await animationFrame();
        expect(".o_vas_sla_timeline_chosen").toHaveText(/Counted.*1 h/);
    });

    test("without a promise it says so", async () => {
        await mount([]);
        expect(".o_vas_sla_timeline").toHaveText("No promise has run yet.");
    });
});
