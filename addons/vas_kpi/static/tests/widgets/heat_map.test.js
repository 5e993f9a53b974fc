import { describe, expect, test } from "@odoo/hoot";
import { press, queryAll, queryAllTexts, queryFirst } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import {
    contains,
    getService,
    mountWebClient,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { HeatMap } from "@vas_kpi/heat_map/heat_map";

describe.current.tags("desktop");
defineMailModels();

const COLUMNS = ["2026-08", "2026-09", "2026-10"].map((label, index) => ({
    key: label,
    label,
    mean: 50 + index,
    count: 2,
}));

function makeRows(count) {
    return Array.from({ length: count }, (_none, index) => ({
        id: index + 1,
        name: `Vendor ${index + 1}`,
        mean: 90 - (index % 50),
        cells: [
            [index * 3 + 1, 90 - (index % 50), index % 2 ? "Fair" : "Good", "success"],
            null,
            [index * 3 + 3, 40.5, "Poor", "danger"],
        ],
    }));
}

async function open(count) {
    onRpc("vas.assessment", "get_heat_map", ({ kwargs }) => {
        expect.step(`${kwargs.code} ${kwargs.axis}`);
        return {
            cards: [
                { code: "one", name: "Card one" },
                { code: "two", name: "Card two" },
            ],
            code: kwargs.code || "one",
            axis: kwargs.axis,
            rows: makeRows(count),
            columns: COLUMNS,
        };
    });
    onRpc("res.users", "review_user_count", () => []);
    await mountWebClient();
    await getService("action").doAction({ type: "ir.actions.client", tag: "vas_kpi.heat_map" });
    await animationFrame();
}

test("rows, columns, numbers and means", async () => {
    await open(2);
    expect.verifySteps(["null period"]);
    expect(queryAllTexts(".o_vas_heat_row:first-of-type .o_vas_heat_cell")).toEqual(["Good\n90", "–", "Poor\n40.5"]);
    expect(queryAllTexts(".o_vas_heat_means td")).toEqual(["50", "51", "52", ""]);
    expect(queryFirst(".o_vas_heat_cell")).toHaveAttribute("aria-label", "Vendor 1, 2026-08: 90 Good");
});

test("arrow keys, Home and End move; a cell opens its sheet", async () => {
    await open(3);
    const opened = [];
    patchWithCleanup(HeatMap.prototype, {
        openCell(cell) {
            opened.push(cell[0]);
        },
    });
    queryFirst(".o_vas_heat_cell").focus();
    await press("ArrowDown");
    await animationFrame();
    await animationFrame();
    await animationFrame();
    expect("[data-cell='1-0']").toBeFocused();
    await press("End");
    await animationFrame();
    await animationFrame();
    await animationFrame();
    expect("[data-cell='1-2']").toBeFocused();
    await contains("[data-cell='1-2']").click();
    expect(opened).toEqual([6]);
    expect.verifySteps(["null period"]);
});

test("name and band narrow the rows", async () => {
    await open(4);
    await contains(".o_vas_heat_band:contains(Fair)").click();
    expect(queryAllTexts(".o_vas_heat_label")).toEqual(["Vendor 2", "Vendor 4"]);
    await contains(".o_vas_heat_name").edit("4", { confirm: false });
    expect(queryAllTexts(".o_vas_heat_label")).toEqual(["Vendor 4"]);
    expect.verifySteps(["null period"]);
});

test("another scorecard and criteria are asked for", async () => {
    await open(1);
    await contains(".o_vas_heat_card").select("two");
    await contains("button:contains(Criteria)").click();
    expect.verifySteps(["null period", "two period", "two criterion"]);
});

test("2,000 rows: only those near the screen are drawn", async () => {
    await open(2000);
    expect(queryAll(".o_vas_heat_row").length).toBeLessThan(150);
    expect(queryAll(".o_vas_heat_row").length).toBeGreaterThan(5);
    const scroller = queryFirst(".o_vas_heat_scroll");
    scroller.scrollTop = 36 * 1500;
    scroller.dispatchEvent(new Event("scroll"));
    await animationFrame();
    await animationFrame();
    expect(queryAll(".o_vas_heat_row").length).toBeLessThan(200);
    expect("[data-cell='1500-0']").toHaveCount(1);
    expect.verifySteps(["null period"]);
});

test("a row head lists the results of that record", async () => {
    await open(2);
    const actions = [];
    patchWithCleanup(HeatMap.prototype, {
        openAssessments(name, domain) {
            actions.push([name, domain]);
        },
    });
    await contains(".o_vas_heat_label").click();
    await contains("thead button:contains(2026-09)").click();
    expect(actions).toEqual([
        ["Vendor 1", [["res_id", "=", 1]]],
        ["2026-09", [["period", "=", "2026-09"]]],
    ]);
    expect.verifySteps(["null period"]);
});
