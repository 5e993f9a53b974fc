import { describe, expect, test } from "@odoo/hoot";
import { press, queryAll, queryAllTexts, queryFirst } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import {
    contains,
    defineModels,
    fields,
    mockService,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { nextCell } from "@vas_kpi/core/grid_keys";
import { radarPoints } from "@vas_kpi/criteria_chart/criteria_chart";
import { resolvePeriodWords } from "@vas_kpi/period_domain/period_domain_field";
import { sparkline } from "@vas_kpi/sparkline/sparkline";

describe.current.tags("desktop");

const MATRIX = {
    rows: [
        { key: "a", label: "Good", tone: "success" },
        { key: "b", label: "Fair", tone: "info" },
    ],
    columns: [
        { key: "a", label: "Good", tone: "success" },
        { key: "b", label: "Fair", tone: "info" },
    ],
    cells: [
        [
            { count: 6, share: 0.75, move: "same" },
            { count: 2, share: 0.25, move: "down" },
        ],
        [
            { count: 1, share: 0.125, move: "up" },
            { count: 7, share: 0.875, move: "same" },
        ],
    ],
    row_totals: [8, 8],
    column_totals: [7, 9],
    total: 16,
};
const ITEM = { points: 8, max: 10, share: 0.8, before: 0.5, text: "8.00 / 10", counts: true };
const CHART = {
    before: "2026-09",
    items: [
        { ...ITEM, name: "Speed" },
        { ...ITEM, name: "Care", share: 0.25, before: null, text: "2.50 / 10" },
        { ...ITEM, name: "Order", counts: false, before: null, text: "– / 10" },
    ],
};

class Thing extends models.Model {
    _name = "thing";
    matrix = fields.Json();
    chart = fields.Json();
    trend = fields.Json();
    goal = fields.Json();
    aggregate = fields.Char();
    weight_total = fields.Float();
    weight_complete = fields.Boolean();
    weight_text = fields.Char();
    _records = [
        {
            id: 1,
            matrix: MATRIX,
            chart: CHART,
            trend: [
                { period: "2026-08", points: 80, label: "80.00" },
                { period: "2026-09", points: 82.5, label: "82.50" },
            ],
            goal: {
                points: [[90, 0.1, 1], [86, 0.3, 3], [70, 1, 10]],
                total: 10,
                wanted: 0.25,
                found: [86, 0.3, 3],
            },
            aggregate: "weighted",
            weight_total: 94,
            weight_complete: false,
            weight_text: "94 / 100, 6 missing",
        },
        {
            id: 2,
            matrix: false,
            chart: { before: "", items: CHART.items.slice(0, 2) },
            trend: [{ period: "2026-09", points: 82.5, label: "82.50" }],
            goal: false,
            aggregate: "weighted",
            weight_total: 100,
            weight_complete: true,
            weight_text: "100 / 100, complete",
        },
        {
            id: 3,
            matrix: false,
            chart: false,
            trend: [],
            goal: false,
            aggregate: "sum",
            weight_total: 0,
            weight_complete: true,
            weight_text: "35 points in all",
        },
    ];
}

defineMailModels();
defineModels([Thing]);

const open = (resId, field, widget) =>
    mountView({
        type: "form",
        resModel: "thing",
        resId,
        arch: `<form><field name="${field}" widget="${widget}" nolabel="1"/></form>`,
    });

test("keys stay inside the grid", () => {
    const at = { row: 1, column: 1 };
    expect(nextCell({ key: "ArrowUp" }, { row: 0, column: 1 }, 3, 3)).toEqual({ row: 0, column: 1 });
    expect(nextCell({ key: "End" }, at, 3, 5)).toEqual({ row: 1, column: 4 });
    expect(nextCell({ key: "Home", ctrlKey: true }, at, 3, 5)).toEqual({ row: 0, column: 0 });
    expect(nextCell({ key: "PageDown" }, at, 2000, 5)).toEqual({ row: 11, column: 1 });
    expect(nextCell({ key: "a" }, at, 3, 3)).toBe(null);
    expect(nextCell({ key: "ArrowUp" }, at, 0, 3)).toBe(null);
});

test("sparkline keeps order, direction and margins", () => {
    expect(sparkline([], 100, 20, 4)).toEqual([]);
    expect(sparkline([{ points: 5 }], 100, 20, 4)).toEqual([{ x: 4, y: 10 }]);
    expect(sparkline([{ points: 10 }, { points: 12 }, { points: 14 }], 100, 20, 4)).toEqual([
        { x: 4, y: 16 },
        { x: 50, y: 10 },
        { x: 96, y: 4 },
    ]);
});

test("a radar begins at the top and keeps its shares", () => {
    const [top, right] = radarPoints([1, 0.5, 2, null], 100, 50);
    expect([Math.round(top.x), Math.round(top.y)]).toEqual([100, 50]);
    expect([Math.round(right.x), Math.round(right.y)]).toEqual([125, 100]);
});

test("a trend is said in words; one period is no trend", async () => {
    await open(1, "trend", "vas_sparkline");
    expect(".o_vas_sparkline").toHaveAttribute("aria-label", "2026-08: 80.00; 2026-09: 82.50");
});

test("one period draws no line", async () => {
    await open(2, "trend", "vas_sparkline");
    expect(".o_vas_sparkline").toHaveCount(0);
    expect(".o_field_vas_sparkline").toHaveText("first period");
});

test("weights that are missing are red, said and measured", async () => {
    await open(1, "weight_text", "vas_weight_meter");
    expect(".o_vas_weight_meter").toHaveText("94 / 100, 6 missing");
    expect(queryFirst(".progress-bar").style.width).toBe("94%");
    expect(".progress-bar").toHaveClass("bg-danger");
    expect("[role=progressbar]").toHaveAttribute("aria-valuetext", "94 / 100, 6 missing");
});

test("complete weights are green", async () => {
    await open(2, "weight_text", "vas_weight_meter");
    expect(".progress-bar").toHaveClass("bg-success");
    expect(".fa-check").toHaveCount(1);
});

test("a plain sum has no bar", async () => {
    await open(3, "weight_text", "vas_weight_meter");
    expect(".progress").toHaveCount(0);
    expect(".o_vas_weight_meter").toHaveText("35 points in all");
});

test("the matrix shows counts, shares and totals; cells are reached by arrows", async () => {
    await open(1, "matrix", "vas_migration_matrix");
    expect(queryAllTexts(".o_vas_matrix tbody tr:first-child td")).toEqual(["675 %＝", "225 %▼", "8"]);
    expect(queryAllTexts(".o_vas_matrix tfoot td")).toEqual(["7", "9", "16"]);
    expect(".o_vas_matrix_diagonal").toHaveCount(2);
    const [first, second] = queryAll(".o_vas_matrix_cell");
    expect(second).toHaveAttribute("aria-label", "2 from Good to Fair: down, 25 % of Good");
    first.focus();
    await press("ArrowRight");
    await animationFrame();
    expect(second).toBeFocused();
    await press("ArrowDown");
    await animationFrame();
    expect(queryAll(".o_vas_matrix_cell")[3]).toBeFocused();
});

test("a cell lists exactly its records", async () => {
    onRpc("vas.simulation", "action_open_results", ({ args }) => {
        expect.step(args);
        return { type: "ir.actions.act_window", res_model: "thing" };
    });
    mockService("action", {
        doAction(action) {
            expect.step(action.res_model);
        },
    });
    await open(1, "matrix", "vas_migration_matrix");
    await contains(queryAll(".o_vas_matrix_cell")[1]).click();
    await contains(queryFirst(".o_vas_matrix tfoot button")).click();
    expect.verifySteps([[[1], "a", "b"], "thing", [[1], null, "a"], "thing"]);
});

test("criteria as bars with numbers and as a radar", async () => {
    await open(1, "chart", "vas_criteria_chart");
    expect(queryAllTexts(".o_vas_criteria_text")).toEqual([
        "8.00 / 10 (80 %) 2026-09: 50 %",
        "2.50 / 10 (25 %)",
        "– / 10 (–)",
    ]);
    expect(queryFirst(".o_vas_criteria_bar > div").style.width).toBe("80%");
    await contains("button:contains(Radar)").click();
    expect(".o_vas_radar_now").toHaveCount(1);
    expect(".o_vas_radar").toHaveAttribute("aria-label", "Speed: 8.00 / 10; Care: 2.50 / 10; Order: – / 10");
});

test("two criteria make no radar", async () => {
    await open(2, "chart", "vas_criteria_chart");
    expect("button:contains(Radar)").toHaveCount(0);
    expect(".o_vas_criteria_bar").toHaveCount(2);
});

test("the goal curve names the answer among its neighbours", async () => {
    await open(1, "goal", "vas_goal_curve");
    expect(".o_vas_goal_curve tr.fw-bold").toHaveText(/86\s*← answer\s+30\.0 %\s+3 \/ 10/);
    expect(".o_vas_scale_mark").toHaveCount(1);
});

test("words of the measured period become dates in a filter", () => {
    const today = luxon.DateTime.fromISO("2030-03-31");
    const words = ["&", ["a", ">", "period_end -1y"], ["b", "<=", "period_start + 2d"]];
    expect(resolvePeriodWords(words, today)).toEqual([
        "&",
        ["a", ">", "2029-03-31"],
        ["b", "<=", "2030-04-02"],
    ]);
    expect(resolvePeriodWords("period_end", today)).toBe("2030-03-31");
    for (const value of ["period_ending", "the period_end", "period_end -1x", 7, false]) {
        expect(resolvePeriodWords(value, today)).toBe(value);
    }
});
