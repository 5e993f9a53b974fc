import { describe, expect, test } from "@odoo/hoot";
import { press, queryAll, queryAllTexts, queryFirst } from "@odoo/hoot-dom";
import { animationFrame, runAllTimers } from "@odoo/hoot-mock";
import {
    contains,
    defineModels,
    fields,
    makeServerError,
    models,
    mountView,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { niceStep, snap } from "@vas_kpi/scale_curve/scale_curve";

describe.current.tags("desktop");

const KNOTS = {
    kind: "knots",
    format: "number",
    definition: { type: "knots", knots: [[0, 0], [50, 40], [100, 100]] },
    samples: [[0, 0], [50, 40], [100, 100]],
    marks: [
        { value: 0, label: "0", points: 0 },
        { value: 50, label: "50", points: 40 },
        { value: 100, label: "100", points: 100 },
    ],
    knots: [[0, 0], [50, 40], [100, 100]],
    rows: [],
    overlaps: [],
    problems: [],
    current: null,
};
const BANDS = {
    ...KNOTS,
    kind: "bands",
    knots: [],
    samples: [[0, 1], [50, 1], [50.1, 3], [100, 3]],
    rows: [
        { label: "≥ 0 and ≤ 60", points: 1 },
        { label: "≥ 50", points: 3 },
    ],
    overlaps: [[50, 60]],
    problems: ["“≥ 0 and ≤ 60” and “≥ 50” overlap: the upper one counts."],
    current: { value: 55, label: "55", points: 1, text: "≥ 0 and ≤ 60" },
};

class Line extends models.Model {
    _name = "line";
    value = fields.Float();
    points = fields.Float();
    _records = [
        { id: 1, value: 0, points: 0 },
        { id: 2, value: 50, points: 40 },
        { id: 3, value: 100, points: 100 },
    ];
}

class Scale extends models.Model {
    _name = "scale";
    curve = fields.Json();
    line_ids = fields.One2many({ relation: "line" });
    _records = [
        { id: 1, curve: KNOTS, line_ids: [1, 2, 3] },
        { id: 2, curve: BANDS, line_ids: [] },
        { id: 3, curve: { ...KNOTS, current: { value: 500, label: "500", points: 100, text: "above 100" } }, line_ids: [] },
        { id: 4, curve: false, line_ids: [] },
    ];
}

defineMailModels();
defineModels([Scale, Line]);

const open = (resId) =>
    mountView({
        type: "form",
        resModel: "scale",
        resId,
        arch: `<form>
            <field name="line_ids"><list editable="bottom"><field name="value"/><field name="points"/></list></field>
            <field name="curve" widget="vas_scale_curve" nolabel="1"/>
        </form>`,
    });
const lines = () => queryAllTexts(".o_field_one2many .o_data_row").map((text) => text.split("\n").join(" "));

test("steps are round numbers", () => {
    expect([niceStep(0.7), niceStep(1), niceStep(4.9), niceStep(0.0003)]).toEqual([0.5, 1, 2, 0.0002]);
    expect(snap(0.1 + 0.2, 0.1)).toBe(0.3);
});

test("a line scale: curve, labels and the same as a table", async () => {
    await open(1);
    expect(".o_vas_scale_line").toHaveCount(1);
    expect(".o_vas_scale_knot").toHaveCount(3);
    expect(queryAllTexts(".o_vas_scale_curve tbody tr").map((text) => text.split("\t").join(" "))).toEqual([
        "0 0",
        "50 40",
        "100 100",
    ]);
    expect(queryAll(".o_vas_scale_knot")[1]).toHaveAttribute("aria-label", "Value 50 gives 40 points");
});

test("a point moves by arrow keys, and the number in the list with it", async () => {
    await open(1);
    const knot = queryAll(".o_vas_scale_knot")[1];
    knot.focus();
    await press("ArrowRight");
    await animationFrame();
    await press(["shift", "ArrowUp"]);
    await animationFrame();
    expect(queryAll(".o_vas_scale_knot")[1]).toHaveAttribute("aria-label", "Value 51 gives 50 points");
    await runAllTimers();
    await animationFrame();
    expect(lines()[1]).toBe("51.00 50.00");
    expect(lines()[0]).toBe("0.00 0.00");
});

test("a point is dragged by the pointer, and the numbers follow when it is let go", async () => {
    // A made-up pointer cannot be captured; capturing is the browser's own work.
    patchWithCleanup(Element.prototype, { setPointerCapture: (id) => expect.step(`capture ${id > 0}`) });
    await open(1);
    const svg = queryFirst(".o_vas_scale_curve svg");
    // The picture is 260 wide and 146 high between its axes: 0 to 100 both ways. Where it
    // stands is asked each time: the words below it may move it.
    const at = (value, points) => {
        const matrix = svg.getScreenCTM();
        return {
            clientX: matrix.e + matrix.a * (44 + value * 2.6),
            clientY: matrix.f + matrix.d * (166 - points * 1.46),
        };
    };
    const send = async (target, type, place) => {
        const options = { bubbles: true, cancelable: true, pointerId: 7, ...place };
        target.dispatchEvent(new PointerEvent(type, options));
        await animationFrame();
    };
    const knot = queryAll(".o_vas_scale_knot")[1];
    await send(svg, "pointermove", at(80, 80));
    expect(queryAll(".o_vas_scale_knot")[1]).toHaveAttribute("aria-valuenow", "50");
    await send(knot, "pointerdown", at(50, 40));
    await send(svg, "pointermove", at(62, 71));
    expect(queryAll(".o_vas_scale_knot")[1]).toHaveAttribute("aria-label", "Value 62 gives 71 points");
    expect(lines()[1]).toBe("50.00 40.00");
    await send(svg, "pointermove", at(140, 71));
    expect(queryAll(".o_vas_scale_knot")[1]).toHaveAttribute("aria-valuenow", "99");
    await send(svg, "pointermove", at(30, 20));
    await send(svg, "pointerup", at(30, 20));
    expect(lines()[1]).toBe("30.00 20.00");
    await send(svg, "pointermove", at(90, 90));
    expect(lines()[1]).toBe("30.00 20.00");
    expect.verifySteps(["capture true"]);
});

test("a point never passes its neighbour", async () => {
    await open(1);
    const knot = queryAll(".o_vas_scale_knot")[1];
    knot.focus();
    for (let times = 0; times < 8; times++) {
        await press(["shift", "ArrowRight"]);
        await animationFrame();
    }
    expect(queryAll(".o_vas_scale_knot")[1]).toHaveAttribute("aria-valuenow", "99");
});

test("escape puts a moved point back", async () => {
    await open(1);
    queryAll(".o_vas_scale_knot")[1].focus();
    await press("ArrowRight");
    await animationFrame();
    await press("Escape");
    await animationFrame();
    await runAllTimers();
    expect(lines()[1]).toBe("50.00 40.00");
    expect(queryAll(".o_vas_scale_knot")[1]).toHaveAttribute("aria-valuenow", "50");
});

test("overlapping bands are hatched and said in words; the value is marked", async () => {
    await open(2);
    expect(".o_vas_scale_overlap").toHaveCount(1);
    expect(".o_vas_scale_problem").toHaveText(BANDS.problems[0]);
    expect(".o_vas_scale_knot").toHaveCount(0);
    expect(".o_vas_scale_current").toHaveCount(1);
    expect(".o_vas_scale_answer").toHaveText("55 → 1 points (≥ 0 and ≤ 60)");
});

test("a value beyond the picture is marked at its edge", async () => {
    await open(3);
    expect(queryFirst(".o_vas_scale_current line")).toHaveAttribute("x1", "304");
    expect(".o_vas_scale_answer").toHaveText("500 → 100 points (above 100)");
});

test("an incomplete scale says so", async () => {
    await open(4);
    expect(".o_vas_scale_curve").toHaveText("The curve appears when the scale is complete.");
});

test("trying a value asks the server; a wrong one is refused at the place", async () => {
    onRpc("vas.scale", "try_value", ({ args }) => {
        expect.step(args[2]);
        if (args[2] === "abc") {
            throw makeServerError({ type: "ValidationError", message: "“abc” is not a number." });
        }
        return { value: 75, label: "75", points: 70, text: "straight line" };
    });
    await open(1);
    await contains(".o_vas_scale_try").edit("75");
    expect(".o_vas_scale_answer").toHaveText("75 → 70 points (straight line)");
    await contains(".o_vas_scale_try").edit("abc");
    expect("[role=alert]").toHaveText(/not a number/);
    expect(".o_vas_scale_answer").toHaveCount(0);
    expect.verifySteps(["75", "abc"]);
});
